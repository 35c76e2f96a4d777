/** See emoji-plugin.ts. */
declare module 'virtual:emoji/*' {
  const entries: [text: string, label: string, words: string, group: number, tones?: string[]][];
  export default entries;
}
