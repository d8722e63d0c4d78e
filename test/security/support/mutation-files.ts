/** The mutation files of `test/security/mutations`: each takes one control away and names the tests that notice. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const FOLDER = "test/security/mutations";

const mutationFile = z
  .strictObject({
    /** A row of the threat map or, as `finding-3`, one of its findings. */
    threat: z.string().regex(/^(?:[A-I]\d{1,2}|finding-\d{1,2})$/),
    /** What is changed, relative to the root of the project. */
    file: z.string().regex(/^(?:src|bin)\/[\w./-]+$/),
    /** Occurs in the file exactly once. */
    find: z.string().min(1),
    replace: z.string(),
    /** Titles by file: tests that pass as things are and fail with the change. */
    proofs: z
      .record(z.string().regex(/^test\/.+\.test\.ts$/), z.array(z.string().min(1)).min(1))
      .refine((proofs) => Object.keys(proofs).length > 0, "names no proof"),
  })
  .refine(({ find, replace }) => find !== replace, "changes nothing");

export type Mutation = z.infer<typeof mutationFile> & {
  /** Of its file, without the ending. */
  readonly name: string;
};

/** Every mutation below `root`, by name. @throws when a file is not one, or is named for another threat */
export function readMutations(root: string): readonly Mutation[] {
  return readdirSync(join(root, FOLDER))
    .toSorted()
    .map((fileName) => parseMutation(fileName, readFileSync(join(root, FOLDER, fileName), "utf8")));
}

export function parseMutation(fileName: string, text: string): Mutation {
  const parsed = mutationFile.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${fileName}: ${z.prettifyError(parsed.error)}`);
  const [name = "", ending] = fileName.split(/(?=\.json$)/);
  if (ending === undefined || !name.startsWith(`${parsed.data.threat}-`)) {
    throw new Error(
      `${fileName}: a mutation for ${parsed.data.threat} is named ${parsed.data.threat}-….json`,
    );
  }
  return { ...parsed.data, name };
}

/** The source with the change made. @throws when what is to be replaced does not occur exactly once */
export function mutate({ name, file, find, replace }: Mutation, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`${name}: its text to replace occurs ${parts.length - 1} times in ${file}, not once`);
  }
  return parts.join(replace);
}
