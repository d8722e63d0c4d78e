/** Zips for tests, also ones that lie. Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZippedFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Said to be encrypted. */
  readonly isEncrypted?: boolean;
  /** What the zip says, where it differs from what is there. */
  readonly size?: number;
  readonly crc?: number;
}

const DEFLATE = 8;
const ENCRYPTED = 1;
/** What stands in a field whose value is in the records of ZIP64 (4.3.14, 4.3.15). */
const IN_ZIP64 = 0xffff;

/** @param said - how many files the zip says it holds, where that is not how many there are */
export function makeZip(files: readonly ZippedFile[], said?: number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const content = Buffer.from(file.content);
    const packed = deflateRawSync(content);
    const name = Buffer.from(file.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(file.isEncrypted === true ? ENCRYPTED : 0, 2);
    common.writeUInt16LE(DEFLATE, 4);
    common.writeUInt32LE(file.crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(file.size ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, name, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002"), Buffer.from([20, 3]), common, rest, name]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  if (said !== undefined) directory.push(zip64End(said, central.length, offset));
  const count = said === undefined ? files.length : IN_ZIP64;
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", 0, "latin1");
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** The end of a ZIP64 directory, and what leads to it. */
function zip64End(files: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(56);
  end.write("PK\u0006\u0006", 0, "latin1");
  end.writeBigUInt64LE(44n, 4);
  for (const [at, value] of [
    [24, files],
    [32, files],
    [40, bytes],
    [48, offset],
  ] as const) {
    end.writeBigUInt64LE(BigInt(value), at);
  }
  const locator = Buffer.alloc(20);
  locator.write("PK\u0006\u0007", 0, "latin1");
  locator.writeBigUInt64LE(BigInt(offset + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end, locator]);
}
