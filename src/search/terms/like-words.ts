/**
 * Words that stand for each other in talk of software, as spellings that count less than the word itself. Two lists, each
 * line a group. Words of several meanings that meet in one of them only stay out: a key is no token, a view no page.
 *
 * Both were written by hand from the common jargon, after the questions of the development sets had been read: no word is
 * there for a question, but what they bring on those sets is more than they will bring elsewhere (decision 026). As one
 * term each, like the lists of `same-words.ts`, they harm: the very word that was said must count most.
 */
import { termOfWord } from "./stem.ts";

/** Short forms, and words of one root that the stemmer parts. */
const SHORT_AND_DERIVED = `
repository repo
configuration config cfg conf
environment env
database db
authentication authn auth
authorization authz auth
directory dir folder
dependency dep
document doc
production prod
development dev
application app
administrator admin
parameter param
argument arg
function func fn
variable var
temporary temp tmp
message msg
button btn
image img
information info
specification spec
library lib
package pkg
command cmd
reference ref
version ver
initialize init initialise
synchronize sync synchronise
statistics stats
maximum max
minimum min
identifier id
number num
string str
character char
integer int
boolean bool
source src
address addr
request req
response res resp
server srv
service svc
kubernetes k8s
typescript ts
javascript js
python py
internationalization i18n
password pwd passwd
error err
exception exc
context ctx
decide decision
choose choice
fail failure
explain explanation
describe description
complain complaint
solve solution
resolve resolution
compare comparison
add addition
store storage
analyze analysis
permit permission
license licence
grow growth
long length
behave behavior
execute execution exec
extend extension
convert conversion
`;

/** Words of like meaning. */
const NEAR = `
image picture photo
delete remove wipe erase drop
bug issue problem error defect
hang freeze stuck
crash panic segfault abort die
flaky unreliable intermittent
setting option preference configuration
fix solve resolve repair
begin start launch boot
finish complete end done
create make generate build
show display render
change modify update edit
check verify validate
slow performance lag
fast quick speed
move relocate
copy duplicate clone
login signin auth
endpoint route
choose pick select
decide agree settle
reason cause why
allow permit enable
forbid block disable
hide conceal
empty blank
broken wrong fail
reject refuse deny
warn warning
retry again
backup snapshot
old stale legacy outdated deprecated obsolete
merge combine unify
split separate divide
limit cap maximum quota
release publish ship
undo revert rollback
log journal
schedule cron
cloud host hosting
query search
link url
timeout deadline expire
lint linter eslint
typo misspelled
cleanup tidy
rewrite refactor
`;

/** By term: those that may stand for it. */
export const LIKE_WORDS: ReadonlyMap<string, ReadonlySet<string>> = likeWords();

function likeWords(): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const line of `${SHORT_AND_DERIVED}${NEAR}`.split("\n")) {
    const group = line.split(" ").flatMap((word) => termOfWord(word) ?? []);
    for (const term of group)
      for (const other of group) if (other !== term) all.set(term, (all.get(term) ?? new Set()).add(other));
  }
  return all;
}
