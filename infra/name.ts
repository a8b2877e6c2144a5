/** What everything of a stage is called, where SST does not call it so by itself. */

/** A name that no other stage has. */
export const named = (part: string): string => `${$app.name}-${$app.stage}-${part}`;
