/** Values that everybody knows from documentation: they open nothing, or what runs on the reader's own machine. */

const DOCUMENTED: ReadonlySet<string> = new Set([
  // RFC 7617, 6749, 6750 and 6238
  "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
  "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
  "2YotnFZFEjr1zCsicMWpAA",
  "tGzv3JOkF0XG5Qx2TlKWIA",
  "SplxlOBeZQQYbYS6WxSbIA",
  "mF_9.B5f-4.1JqM",
  "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
  // A one-time password that many libraries show
  "JBSWY3DPEHPK3PXP",
  // The emulators of Azure's storage and Cosmos DB
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
  // Stripe's documentation
  "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
  "sk_test_BQokikJOvBiI2HlWgH4olfQ2",
  // The first account of a chain for development
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
]);
/** What jwt.io shows, of 1234567890, John Doe, and RFC 7515, of joe; however they are signed. */
const DOCUMENTED_JWT =
  /^(?:ey[\w-]{1,200}\.)?(?:eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l|eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs)[\w-]{0,200}(?:\.[\w-]{0,500})?$/;

/** Whether it is one of them, whole: what only holds one may be a secret. */
export function isDocumented(found: string): boolean {
  return DOCUMENTED.has(found) || DOCUMENTED_JWT.test(found);
}
