/** Shows a text of the server's, in which backticks stand around what is written as it is typed. */
export function Coded({ text }: { text: string }) {
  return <>{text.split("`").map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part))}</>;
}
