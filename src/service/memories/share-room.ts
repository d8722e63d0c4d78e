/** How the room of an answer is shared out among the texts it shows. */

/**
 * What each may take: its share of `room` by weight, and of what those leave who want less.
 *
 * @param wanted - how much each can use
 * @param weights - above 0, one for each
 */
export function shareRoom(wanted: readonly number[], weights: readonly number[], room: number): number[] {
  const shares = wanted.map(() => 0);
  let open = [...wanted.keys()];
  let left = room;
  while (open.length > 0) {
    const whole = open.reduce((sum, place) => sum + (weights[place] ?? 0), 0);
    const shareOf = (place: number) => Math.floor((left * (weights[place] ?? 0)) / whole);
    const content = open.filter((place) => (wanted[place] ?? 0) <= shareOf(place));
    if (content.length === 0) {
      for (const place of open) shares[place] = shareOf(place);
      break;
    }
    for (const place of content) shares[place] = wanted[place] ?? 0;
    left -= content.reduce((sum, place) => sum + (wanted[place] ?? 0), 0);
    open = open.filter((place) => !content.includes(place));
  }
  return shares;
}
