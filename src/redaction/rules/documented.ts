/** Values that everybody knows from documentation: they open nothing, or what runs on the reader's own machine. */

const DOCUMENTED = [
  // RFC 7617, 6749, 6750, 7515 and 6238
  "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
  "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
  "mF_9.B5f-4.1JqM",
  "2YotnFZFEjr1zCsicMWpAA",
  "tGzv3JOkF0XG5Qx2TlKWIA",
  "SplxlOBeZQQYbYS6WxSbIA",
  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs",
  "GEZDGNBVGY3TQOJQ",
  // A one-time password that many libraries show
  "JBSWY3DPEHPK3PXP",
  // jwt.io: 1234567890, John Doe
  "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l",
  // The emulators of Azure's storage and Cosmos DB
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
  "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw",
  // Stripe's documentation
  "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
  "sk_test_BQokikJOvBiI2HlWgH4olfQ2",
  // The first account of a chain for development
  "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
];

/** @param found - it, and what stands around it in a token */
export function isDocumented(found: string): boolean {
  return DOCUMENTED.some((known) => found.includes(known));
}
