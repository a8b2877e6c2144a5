/** What the charts of docs/performance.md share: their font, their colours, and text that is safe in SVG. */

const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** Told apart without colour too: what missed says so in words. */
export const COLOURS = { met: "#2f6f4f", missed: "#b3261e", line: "#57606a", ground: "#ffffff", text: "#1f2328" };

export const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A whole picture. @param title for who cannot see it */
export const drawing = (width: number, height: number, title: string, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeText(title)}" font-family="${FONT}" font-size="13" fill="${COLOURS.text}">
<rect width="${width}" height="${height}" fill="${COLOURS.ground}"/>
${parts.join("\n")}
</svg>
`;
