/** Published vectors, as data: RFC 9106 section 5.3, and the base-mode vectors that came with RFC 9180. */

export const RFC_9106_ARGON2ID = {
  memoryKiB: 32,
  passes: 3,
  parallelism: 4,
  password: "01".repeat(32),
  salt: "02".repeat(16),
  secret: "03".repeat(8),
  associatedData: "04".repeat(12),
  tag: "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
} as const;

/** mode 0, kem 0x0020 (X25519), kdf 0x0001 (HKDF-SHA256), aead 0x0002 (AES-256-GCM), sequence number 0. */
export const RFC_9180_X25519_SHA256_AES256GCM = {
  ikmE: "2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9",
  ikmR: "dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee",
  skRm: "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
  pkRm: "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
  enc: "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
  info: "4f6465206f6e2061204772656369616e2055726e",
  plaintext: "4265617574792069732074727574682c20747275746820626561757479",
  associatedData: "436f756e742d30",
  ciphertext: "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
} as const;

/** DHKEM(X25519, HKDF-SHA256) of RFC 9180 appendix A.1.1: key pairs made from their seeds. */
export const RFC_9180_KEY_PAIRS = [
  {
    seed: "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
    privateKey: "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
    publicKey: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
  },
  {
    seed: "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
    privateKey: "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    publicKey: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
  },
] as const;
