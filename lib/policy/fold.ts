/** The one way in which ids and user names of the policy and of vendors are made comparable: in rules, exemptions and protected accounts. */

/** A vendor may write an id one way and a person another; taken for another account, a rule that protects would not. */
export const foldId = (id: string): string => id.toLowerCase();

const PLAIN = /^[\x21-\x7e]*$/;
/** Zero-width characters, soft hyphens, marks of direction and the like: nobody sees them, and two names that differ in them look the same. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const BLANK = /[\t\p{Zs}]/u;

/**
 * A user name without what people do not see or mean: NFC, without invisible characters and without blanks around it, and
 * in one case. A letter comes out the same wherever it stands: both small sigmas are one letter, and so are ß and ss.
 */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return name.toLowerCase();
  const seen = trimBlanks(name.normalize("NFC").replaceAll(INVISIBLE, ""));
  return Array.from(seen.toUpperCase(), (letter) => letter.toLowerCase()).join("");
}

/** Not by a regular expression: on many blanks inside a name its time would grow with the square of their number. */
function trimBlanks(name: string): string {
  let start = 0;
  let end = name.length;
  while (start < end && BLANK.test(name.charAt(start))) start++;
  while (end > start && BLANK.test(name.charAt(end - 1))) end--;
  return name.slice(start, end);
}

/** Marks over and under letters, and what stands between the parts of a name. */
const UNNOTICED = /[\p{M}\p{P}\p{Z}\p{S}]/gu;

/** A user name as somebody sees it who does not look closely: compatible forms, accents and separators make no difference. */
export const foldLook = (name: string): string =>
  foldName(name.normalize("NFKC").normalize("NFD").replaceAll(UNNOTICED, ""));
