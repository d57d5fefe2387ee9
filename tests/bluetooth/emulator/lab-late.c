/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lab-late.c - the end of lab.c; it needs all of btdev.c before it. */

#define LAB_CONN_TIMEOUT 0x08 /* the HCI error */

static void lab_unlink(struct btdev_conn *conn)
{
        disconnect_complete(conn->dev, conn->handle, BT_HCI_ERR_SUCCESS, LAB_CONN_TIMEOUT);
        if (conn->link)
                disconnect_complete(conn->link->dev, conn->link->handle, BT_HCI_ERR_SUCCESS,
                                    LAB_CONN_TIMEOUT);
        conn_remove(conn);
}

static bool lab_tick(void *user_data)
{
        int i, j;

        lab_read(false);
        for (i = 0; i < LAB_MAX; i++) {
                struct btdev *dev = btdev_list[i];
                const struct queue_entry *entry, *next;

                if (!dev)
                        continue;

                /* Links out of range */
                for (entry = queue_get_entries(dev->conns); entry; entry = next) {
                        struct btdev_conn *conn = entry->data;

                        next = entry->next;
                        if (conn->type != HCI_ACLDATA_PKT || !conn->link)
                                continue;
                        j = lab_index(conn->link->dev);
                        if (lab_linked(dev, conn->link->dev)) {
                                lab.lost[i][j] = 0;
                        } else if ((lab.lost[i][j] += LAB_TICK) >= LAB_SUPERVISION) {
                                lab.lost[i][j] = lab.lost[j][i] = 0;
                                lab_unlink(conn);
                                break;
                        }
                }

                /* Advertisers that came into range, and all when the scanner wants duplicates */
                for (j = 0; j < LAB_MAX; j++) {
                        struct btdev *remote = btdev_list[j];

                        if (!remote || i == j)
                                continue;
                        if (!lab_hears(dev, remote) || !dev->le_scan_enable) {
                                lab.reported[j][i] = false;
                                continue;
                        }
                        if (dev->le_filter_dup && lab.reported[j][i])
                                continue;
                        if (queue_isempty(remote->le_ext_adv)) {
                                uint8_t type = get_adv_report_type(remote->le_adv_type);

                                if (!remote->le_adv_enable || !adv_match(dev, remote))
                                        continue;
                                le_send_adv_report(dev, remote, type);
                                if (dev->le_scan_type == 0x01 &&
                                    (remote->le_adv_type == 0x00 || remote->le_adv_type == 0x02))
                                        le_send_adv_report(dev, remote, 0x04);
                        } else {
                                LAB_SCAN_EXT_ADV(dev, remote);
                        }
                }

                /* Connections that wait for an advertiser */
                if (lab.pending[i].opcode) {
                        uint16_t opcode = lab.pending[i].opcode;

                        lab.pending[i].opcode = 0;
                        if (opcode == BT_HCI_CMD_LE_CREATE_CONN)
                                cmd_le_create_conn_complete(dev, lab.pending[i].data,
                                                            lab.pending[i].length);
                        else
                                cmd_ext_create_conn_complete(dev, lab.pending[i].data,
                                                             lab.pending[i].length);
                }
        }
        return true;
}

static void lab_start(void)
{
        lab_read(true);
        if (!lab.running)
                timeout_add(LAB_TICK, lab_tick, NULL, NULL);
        lab.running = true;
}
