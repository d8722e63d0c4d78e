/**
 * The checksum of bech32m (BIP 350) over symbols of five bits, the last six of which are the checksum itself. It is linear: what
 * a wrong symbol does to it depends on its place and on nothing else, and any two slips do something else than any other two. So
 * where one or two symbols are wrong, the checksum says which.
 */
const BECH32M = 0x2bc8_30a3;
const GENERATOR = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
const SYMBOL_VALUES = 32;

/** 0 for symbols with a right checksum; for symbols that end in zeros, the checksum to put there. */
export function checksumOf(symbols: Uint8Array): number {
  return polymod(1, symbols) ^ BECH32M;
}

/** The place of the first of at most two wrong symbols; `undefined` when more than two are wrong. */
export function findSlip(symbols: Uint8Array): number | undefined {
  const wrong = checksumOf(symbols);
  const placeOf = new Map<number, number>();
  const slip = new Uint8Array(symbols.length);
  for (let place = 0; place < symbols.length; place += 1) {
    for (let difference = 1; difference < SYMBOL_VALUES; difference += 1) {
      slip[place] = difference;
      const effect = polymod(0, slip);
      if (effect === wrong) return place;
      const earlier = placeOf.get(effect ^ wrong);
      if (earlier !== undefined && earlier !== place) return earlier;
      placeOf.set(effect, place);
    }
    slip[place] = 0;
  }
  return undefined;
}

/** The checksum polynomial of BIP 173. */
function polymod(start: number, symbols: Uint8Array): number {
  let checksum = start;
  for (const symbol of symbols) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ff_ffff) << 5) ^ symbol;
    GENERATOR.forEach((generator, bit) => {
      if (((top >>> bit) & 1) === 1) checksum ^= generator;
    });
  }
  return checksum;
}
