/** Draws the map of the rooms from their table: `npm run map` writes docs/rooms.svg, and a test compares it. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { GROUND, ROOMS } from "./rooms.ts";

const BOX = { width: 236, height: 50, gapX: 16, gapY: 46 };
const MARGIN = 20;
/** What stands outside of lib and may enter every room. */
const OUTSIDE = {
  functions: "Lambda handlers: wire, call one room",
  cli: "the same on a laptop, for people",
};

interface Box {
  readonly name: string;
  readonly purpose: string;
  readonly x: number;
  readonly y: number;
}

/** How many rooms lie below a room, one on the other. */
const levelOf = (name: string): number => 1 + Math.max(-1, ...(ROOMS[name]?.uses ?? []).map(levelOf));

const reaches = (from: string, to: string): boolean =>
  (ROOMS[from]?.uses ?? []).some((used) => used === to || reaches(used, to));

/** The rooms that a room uses, without those that one of them uses anyway: fewer lines say the same. */
const nextBelow = (name: string): string[] => {
  const uses = (ROOMS[name]?.uses ?? []).filter((used) => !GROUND.includes(used));
  return uses.filter((used) => !uses.some((other) => other !== used && reaches(other, used)));
};

/** Who may enter every room on top, what every room may use at the bottom. */
function rowsOfRooms(): { readonly name: string; readonly purpose: string }[][] {
  const names = Object.keys(ROOMS).filter((name) => !GROUND.includes(name));
  const top = Math.max(...names.map(levelOf));
  const lowest = Math.min(...names.map(levelOf));
  const levels = Array.from({ length: top + 1 - lowest }, (_, level) =>
    names.filter((name) => levelOf(name) === top - level),
  );
  const rooms = [...levels, GROUND].map((row) => row.map((name) => ({ name, purpose: ROOMS[name]?.purpose ?? "" })));
  return [Object.entries(OUTSIDE).map(([name, purpose]) => ({ name, purpose })), ...rooms];
}

const widthOf = (boxes: number) => boxes * (BOX.width + BOX.gapX) - BOX.gapX;

/** Each row in the middle of the picture. */
function placeBoxes(): { readonly boxes: Box[]; readonly width: number; readonly height: number } {
  const rows = rowsOfRooms();
  const width = Math.max(...rows.map((row) => widthOf(row.length))) + 2 * MARGIN;
  const boxes = rows.flatMap((row, level) =>
    row.map((room, index) => ({
      ...room,
      x: (width - widthOf(row.length)) / 2 + index * (BOX.width + BOX.gapX),
      y: MARGIN + level * (BOX.height + BOX.gapY),
    })),
  );
  return { boxes, width, height: rows.length * (BOX.height + BOX.gapY) - BOX.gapY + 2 * MARGIN };
}

/** From the bottom of one box to the top of another. */
function drawLine(from: Box, to: Box): string {
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height];
  const [x2, y2] = [to.x + BOX.width / 2, to.y];
  const bend = BOX.gapY / 2;
  return `<path d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"/>`;
}

const drawBox = ({ name, purpose, x, y }: Box): string =>
  [
    `<g class="${name in OUTSIDE || GROUND.includes(name) ? "free" : "room"}">`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/>`,
    `<text class="name" x="${x + BOX.width / 2}" y="${y + 21}">${name}</text>`,
    `<text x="${x + BOX.width / 2}" y="${y + 38}">${purpose}</text>`,
    "</g>",
  ].join("");

const STYLE = `
  text { font: 11.5px system-ui, sans-serif; text-anchor: middle; fill: #444 }
  .name { font-weight: 600; font-size: 14px; fill: #111 }
  rect { fill: #f4f6f9; stroke: #8a97a8 } .free rect { fill: #fff; stroke-dasharray: 4 3 }
  path { fill: none; stroke: #8a97a8 } svg { background: #fff }`;

/** The whole picture, as SVG. */
export function drawRooms(): string {
  const { boxes, width, height } = placeBoxes();
  const boxOf = new Map(boxes.map((box) => [box.name, box]));
  const lines = boxes.flatMap((box) =>
    nextBelow(box.name).flatMap((name) => {
      const below = boxOf.get(name);
      return below ? [drawLine(box, below)] : [];
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    "<title>The rooms of lib: each stands above the rooms that it uses. Dashed on top: may enter every room. Dashed below: used by all.</title>",
    `<style>${STYLE}\n</style>`,
    ...lines,
    ...boxes.map(drawBox),
    "</svg>\n",
  ].join("\n");
}

export const MAP = fileURLToPath(new URL("../../docs/rooms.svg", import.meta.url));

if (import.meta.main) writeFileSync(MAP, drawRooms());
