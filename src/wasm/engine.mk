# SPDX-License-Identifier: GPL-2.0-or-later
#
# engine.mk - the engine of the guests' pages: our C, libsodium and protobuf-c for WebAssembly
#
# For GNU make, by src/local.mk, which knows the tools: another compiler, other flags and other objects than all the
# rest. TOP: the source; CC: clang; SODIUM, PROTOBUF: unpacked source of the two; PROTO: folder of the generated
# huddle.pb-c.c and names.h. Everything is made in the current folder.

ours = \
	src/base/arena.c src/base/array.c src/base/text.c \
	src/card/card.c src/card/card-check.c src/card/card-date.c src/card/card-decode.c src/card/card-dialect.c \
	src/card/card-edit.c src/card/card-header.c src/card/card-lines.c src/card/card-media.c src/card/card-normal.c \
	src/card/card-parts.c src/card/card-picture.c src/card/card-read.c src/card/card-share.c \
	src/card/card-source.c src/card/card-types.c src/card/card-whole.c src/card/card-write.c \
	src/protocol/account-key.c src/protocol/cardseal.c src/protocol/cloud-url.c src/protocol/cloud-words.c \
	src/protocol/code.c src/protocol/commit.c src/protocol/contact-list.c src/protocol/cpace.c \
	src/protocol/cpace-suite.c src/protocol/digest.c src/protocol/envelope.c src/protocol/groupkey.c src/protocol/guests.c \
	src/protocol/huddle-link.c src/protocol/nearby.c src/protocol/padding.c src/protocol/proof.c \
	src/protocol/record.c src/protocol/roster.c src/protocol/serial.c src/protocol/succession.c \
	src/protocol/transcript.c src/protocol/unpack.c src/protocol/wire.c src/protocol/wire-check.c \
	src/protocol/wordlist.c src/protocol/words.c \
	daemon/base/outcome.c daemon/cloud-link/backoff.c daemon/cloud-link/cloud-client.c \
	daemon/cloud-link/cloud-outcome.c daemon/cloud-link/pace.c daemon/cloud-link/sealed-call.c \
	daemon/exchange/amending.c daemon/exchange/cards.c daemon/exchange/closing.c daemon/exchange/deposit.c \
	daemon/exchange/exchange.c daemon/exchange/exchange-context.c daemon/exchange/exchange-end.c \
	daemon/exchange/exchange-outcome.c daemon/exchange/exchange-patience.c \
	daemon/exchange/exchange-user.c daemon/exchange/fetch.c \
	daemon/exchange/group.c daemon/exchange/group-count.c daemon/exchange/group-messages.c \
	daemon/exchange/joining.c daemon/exchange/keying.c daemon/exchange/keying-proof.c daemon/exchange/late.c \
	daemon/exchange/member.c daemon/exchange/neighbourhood.c daemon/exchange/others.c daemon/exchange/outbox.c \
	daemon/exchange/snapshot.c daemon/exchange/watcher.c \
	daemon/record/download.c daemon/record/record-outcome.c
host = src/wasm/charset.c src/wasm/host.c src/wasm/log.c src/wasm/unicode.c
pages = src/wasm/page-cards.c src/wasm/page-guest.c src/wasm/page-guest-show.c src/wasm/page-own.c \
	src/wasm/page-record.c src/wasm/store.c
vectors = tests/unit/fixed-random.c tests/vectors/vector-group.c tests/vectors/vector-out.c \
	tests/vectors/vector-play.c tests/vectors/vector-refused.c cloud/api/ticket.c
programs = tests/vectors/make-vectors tests/vectors/make-exchange

# the plain C of what we call
sodium = $(addprefix crypto_,\
	aead/xchacha20poly1305/sodium/aead_xchacha20poly1305.c \
	auth/hmacsha512/auth_hmacsha512.c \
	box/crypto_box.c box/crypto_box_easy.c \
	box/curve25519xsalsa20poly1305/box_curve25519xsalsa20poly1305.c \
	core/ed25519/core_ed25519.c core/ed25519/core_ristretto255.c core/ed25519/ref10/ed25519_ref10.c \
	core/hchacha20/core_hchacha20.c core/hsalsa20/core_hsalsa20.c core/hsalsa20/ref2/core_hsalsa20_ref2.c \
	core/salsa/ref/core_salsa_ref.c \
	generichash/crypto_generichash.c generichash/blake2b/generichash_blake2.c \
	generichash/blake2b/ref/blake2b-compress-ref.c generichash/blake2b/ref/blake2b-ref.c \
	generichash/blake2b/ref/generichash_blake2b.c \
	hash/crypto_hash.c hash/sha512/hash_sha512.c hash/sha512/cp/hash_sha512_cp.c \
	kdf/crypto_kdf.c kdf/blake2b/kdf_blake2b.c kx/crypto_kx.c \
	onetimeauth/crypto_onetimeauth.c onetimeauth/poly1305/onetimeauth_poly1305.c \
	onetimeauth/poly1305/donna/poly1305_donna.c \
	pwhash/crypto_pwhash.c pwhash/argon2/argon2.c pwhash/argon2/argon2-core.c pwhash/argon2/argon2-encoding.c \
	pwhash/argon2/argon2-fill-block-ref.c pwhash/argon2/blake2b-long.c pwhash/argon2/pwhash_argon2i.c \
	pwhash/argon2/pwhash_argon2id.c \
	scalarmult/crypto_scalarmult.c scalarmult/curve25519/scalarmult_curve25519.c \
	scalarmult/curve25519/ref10/x25519_ref10.c scalarmult/ristretto255/ref10/scalarmult_ristretto255_ref10.c \
	secretbox/crypto_secretbox.c secretbox/crypto_secretbox_easy.c \
	secretbox/xsalsa20poly1305/secretbox_xsalsa20poly1305.c \
	sign/crypto_sign.c sign/ed25519/sign_ed25519.c sign/ed25519/ref10/keypair.c sign/ed25519/ref10/open.c \
	sign/ed25519/ref10/sign.c \
	stream/crypto_stream.c stream/chacha20/stream_chacha20.c stream/chacha20/ref/chacha20_ref.c \
	stream/salsa20/stream_salsa20.c stream/salsa20/ref/salsa20_ref.c stream/xsalsa20/stream_xsalsa20.c \
	verify/sodium/verify.c) \
	randombytes/randombytes.c randombytes/sysrandom/randombytes_sysrandom.c \
	sodium/codecs.c sodium/core.c sodium/runtime.c sodium/utils.c

objects = $(patsubst %.c,ours/%.o,$(1))
sodium_objects = $(patsubst %.c,sodium/%.o,$(sodium))
sodium_source = $(SODIUM)/src/libsodium

all: engine.wasm
programs: $(addsuffix .wasm,$(programs))
.PHONY: all programs
.DELETE_ON_ERROR:

FLAGS = --target=wasm32-wasi -Os -ffunction-sections -fdata-sections -fvisibility=hidden -DNDEBUG \
	-D_WASI_EMULATED_SIGNAL -MMD -MP
OUR_FLAGS = -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -D_GNU_SOURCE -I$(TOP)/src/wasm/include -I$(TOP) \
	-I$(PROTO) -I$(PROTOBUF) -Iinclude -I$(sodium_source)/include
SODIUM_FLAGS = -w -DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_C_VARARRAYS=1 -Iinclude -Iinclude/sodium \
	-I$(sodium_source)/include -I$(sodium_source)/include/sodium
LINK = $(CC) --target=wasm32-wasi -Wl,--gc-sections -Wl,--strip-all -Wl,-z,stack-size=262144 -Wl,--max-memory=268435456

# its configure writes this header; ours knows the version by the folder
include/sodium/version.h: $(sodium_source)/include/sodium/version.h.in
	mkdir -p include/sodium
	version=$$(echo $(notdir $(SODIUM)) | sed 's/.*-//'); \
		sed -e "s/@VERSION@/$$version/" -e 's/@SODIUM_LIBRARY_VERSION_M[AJINOR]*@/0/' -e 's/"export.h"/<sodium\/export.h>/' -e '/@/d' $< >$@

ours/%.o: $(TOP)/%.c include/sodium/version.h
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(OUR_FLAGS) -c -o $@ $<
ours/huddle.pb-c.o: $(PROTO)/src/proto/huddle.pb-c.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(OUR_FLAGS) -c -o $@ $<
ours/snapshot.pb-c.o: $(PROTO)/daemon/exchange/snapshot.pb-c.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(OUR_FLAGS) -c -o $@ $<
ours/protobuf-c.o: $(PROTOBUF)/protobuf-c/protobuf-c.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -w -I$(PROTOBUF) -c -o $@ $<
sodium/%.o: $(sodium_source)/%.c include/sodium/version.h
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(SODIUM_FLAGS) -c -o $@ $<
# a second of a phone is spent here
sodium/crypto_pwhash/argon2/%.o sodium/crypto_generichash/blake2b/ref/%.o: FLAGS += -O3

# all objects: the linker drops what is not called
engine = $(call objects,$(ours) $(host)) ours/huddle.pb-c.o ours/snapshot.pb-c.o ours/protobuf-c.o $(sodium_objects)

engine.wasm: $(call objects,$(pages)) $(engine)
	$(LINK) -nostartfiles -Wl,--no-entry -o $@ $^ -lwasi-emulated-signal

# the programs that write the test vectors: what they write with this engine must be the same
$(addsuffix .wasm,$(programs)): %.wasm: ours/%.o $(call objects,$(vectors)) $(engine)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lwasi-emulated-signal

-include $(patsubst %.o,%.d,$(call objects,$(ours) $(host) $(pages) $(vectors)) $(sodium_objects))
