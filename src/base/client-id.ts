/** The name of a client: of a program that has a token of its own. */
export const CLIENT_ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** The command line, which every vault has: it may do all there is, has no rates, and places of its own. */
export const OWNER_CLIENT = "cli";
export const CLIENT_ID_RULE = "a client's name is 1 to 32 of a-z 0-9 -, and does not begin with -";
