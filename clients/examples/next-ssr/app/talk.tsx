"use client";
import { ParlourProvider, useMessages, usePresence, useRoom, useStatus } from "@parlour/react";

export function Talk({ server, room }: { server: string; room: string }) {
  return (
    <ParlourProvider url={server}>
      <Messages id={room} />
    </ParlourProvider>
  );
}

function Messages({ id }: { id: string }) {
  const room = useRoom(id);
  const messages = useMessages(room);
  const { count } = usePresence(room);
  return (
    <section>
      <p>
        {useStatus(room)}, {count} here
      </p>
      {messages.map(({ seq, text }) => (
        <p key={seq}>{text}</p>
      ))}
    </section>
  );
}
