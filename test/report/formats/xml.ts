/** A strict reader of XML: elements, attributes, text and the five named entities; anything else is no XML here. */
import assert from "node:assert/strict";

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

const DECLARATION = /^<\?xml version="1\.0" encoding="UTF-8"\?>/;
/** What XML 1.0 allows at all. */
const CHARACTERS = /^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const OPENING = /^<([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w-]*="[^"<]*")*)\s*(\/?)>/;
const ATTRIBUTE = /([A-Za-z][\w-]*)="([^"<]*)"/g;
const NAMED: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

/** Throws on whatever a real parser would refuse, and on some more. */
export function parseXml(text: string): Element {
  assert.match(text, DECLARATION);
  assert.ok(text.isWellFormed() && CHARACTERS.test(text), "a character that XML 1.0 does not know");
  const { element, rest } = readElement(text.replace(DECLARATION, ""));
  assert.equal(rest.trim(), "");
  return element;
}

function readElement(text: string): { element: Element; rest: string } {
  const opened = OPENING.exec(text);
  assert.ok(opened, `no element here: ${text.slice(0, 80)}`);
  const [whole, name = "", written = "", closed] = opened;
  const attributes = readAttributes(written);
  let rest = text.slice(whole.length);
  const children: Element[] = [];
  if (closed) return { element: { name, attributes, children }, rest };
  for (rest = rest.trimStart(); !rest.startsWith(`</${name}>`); rest = rest.trimStart()) {
    const child = readElement(rest);
    children.push(child.element);
    rest = child.rest;
  }
  return { element: { name, attributes, children }, rest: rest.slice(name.length + 3) };
}

function readAttributes(written: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", value = ""] of written.matchAll(ATTRIBUTE)) {
    assert.ok(!(name in attributes), `${name} stands twice`);
    assert.doesNotMatch(value, /[\t\r\n]/, "a line break that a parser turns into a blank");
    attributes[name] = value.replace(/&[^;]*;?/g, (entity) => {
      assert.ok(entity in NAMED, `${entity} is no entity`);
      return NAMED[entity] ?? "";
    });
  }
  return attributes;
}
