/**
 * Everyday words with two spellings: short forms people use for family and things, and British spelling. One line each:
 * the word that stands for all, then the others. Words of several meanings are left out.
 */
const LINES = `
mother mom moms mommy mum mums mummy mama
father dad dads daddy papa
grandmother grandma grandmas granny
grandfather grandpa grandpas granddad
child kid kids
photo pic pics picture pictures photograph photographs
television tv tvs telly
bicycle bike bikes
refrigerator fridge
favorite favourite favorites favourites fav
color colour colours colored coloured
flavor flavour flavours flavored flavoured
neighbor neighbour neighbours
neighborhood neighbourhood
behavior behaviour
honor honour
humor humour
labor labour
center centre centres
theater theatre theatres
meter metre metres
liter litre litres
fiber fibre
gray grey
travel travelled travelling
traveler traveller travellers
cancel cancelled cancelling
jewelry jewellery
pajamas pyjamas
organize organise organised organising
organization organisation organisations
realize realise realised realising
recognize recognise recognised recognising
apologize apologise apologised
analyze analyse analysed analysing
customize customise customised
optimize optimise optimised
summarize summarise summarised
`;

/** From a spelling to the one that stands for it: `mom` to `mother`. */
export const SAME_WORDS: ReadonlyMap<string, string> = new Map(
  LINES.trim()
    .split("\n")
    .flatMap((line) => {
      const [base = "", ...others] = line.split(" ");
      return others.map((other): [string, string] => [other, base]);
    }),
);
