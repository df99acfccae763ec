/** The comments of a document: threads on places in its text, those that are dealt with apart. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal, type Signal } from "@preact/signals";
import type { Comment, Place, Remark } from "@parlour/client/document";
import { formatTime } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";
import { report } from "../shell/toast.js";
import { ROOT, type OpenDocument } from "./open-document.js";
import { WriteForm } from "./write-form.js";

/** Characters quoted of the text that a comment is on. */
const QUOTED = 120;

interface CommentsProps {
  doc: OpenDocument;
  /** The place that a new comment is being written on. */
  drafted: Signal<Place | null>;
  /** The comment that was chosen in the text, by its seq. */
  chosen: Signal<number | null>;
  onShow: (place: Place) => void;
}

export function CommentList({ doc, drafted, chosen, onShow }: CommentsProps) {
  const withResolved = useSignal(false);
  const threads = doc.threads.value.filter(({ deleted, replies }) => !deleted || replies.length > 0);
  const resolved = threads.filter((comment) => comment.resolved).length;
  const shown = threads.filter((comment) => withResolved.value || !comment.resolved);
  return (
    <section class="comments" aria-label="Comments">
      {drafted.value && <NewComment key={drafted.value.from} doc={doc} drafted={drafted} />}
      <ol>
        {shown.map((comment) => (
          <Thread key={comment.seq} comment={comment} doc={doc} chosen={chosen} onShow={onShow} />
        ))}
      </ol>
      {shown.length === 0 && !drafted.value && (
        <p class="fine">No open comments. Select a part of the text to comment on it.</p>
      )}
      {resolved > 0 && (
        <button
          class="toggle"
          aria-pressed={withResolved.value}
          onClick={() => (withResolved.value = !withResolved.value)}
        >
          {resolved} resolved
        </button>
      )}
    </section>
  );
}

function NewComment({ doc, drafted }: Pick<CommentsProps, "doc" | "drafted">) {
  const place = drafted.value!;
  return (
    <div class="thread">
      <blockquote>{quoted(doc, place)}</blockquote>
      <WriteForm
        label="Your comment"
        submit="Comment"
        onWrite={(text) => doc.comments.add(ROOT, place, text)}
        onClose={() => (drafted.value = null)}
      />
    </div>
  );
}

interface ThreadProps extends Pick<CommentsProps, "doc" | "chosen" | "onShow"> {
  comment: Comment;
}

function Thread({ comment, doc, chosen, onShow }: ThreadProps) {
  const { seq, resolved, replies } = comment;
  const box = useRef<HTMLLIElement>(null);
  const answering = useSignal(false);
  const isChosen = chosen.value === seq;
  useEffect(() => {
    if (!isChosen) return;
    box.current?.scrollIntoView({ block: "nearest" });
    box.current?.focus();
  }, [isChosen]);
  const place = doc.comments.placeOf(comment);
  const mayWrite = doc.write.value;
  return (
    <li ref={box} class={resolved ? "thread resolved" : "thread"} tabIndex={-1}>
      <blockquote>{place ? quoted(doc, place) : <em>The text this was on is gone.</em>}</blockquote>
      {[comment, ...replies].map((remark) => (
        <RemarkView key={remark.seq} remark={remark} />
      ))}
      {answering.value && (
        <WriteForm
          label="Your answer"
          submit="Answer"
          onWrite={(text) => doc.comments.answer(seq, text)}
          onClose={() => (answering.value = false)}
        />
      )}
      <div class="row">
        {place && (
          <button class="link" onClick={() => onShow(place)}>
            Show in the text
          </button>
        )}
        {mayWrite && !answering.value && (
          <button class="link" onClick={() => (answering.value = true)}>
            Answer
          </button>
        )}
        {mayWrite && (
          <button class="link" onClick={() => doc.comments.resolve(seq, !resolved).catch(report)}>
            {resolved ? "Open again" : "Resolve"}
          </button>
        )}
      </div>
    </li>
  );
}

function RemarkView({ remark: { author, at, text, deleted } }: { remark: Remark }) {
  return (
    <div class="remark">
      <p class="fine">
        <strong>{nameOf(author)}</strong> <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
      </p>
      <p>{deleted ? <em>This message was taken back.</em> : text}</p>
    </div>
  );
}

function quoted({ text }: OpenDocument, { from, to }: Place): string {
  const words = text.toString().slice(from, to);
  return words.length > QUOTED ? `${words.slice(0, QUOTED)}…` : words;
}
