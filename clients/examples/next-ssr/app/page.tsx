import { connect } from "@parlour/client";
import { Talk } from "./talk";

export const dynamic = "force-dynamic"; // the rooms of this moment
const SERVER = process.env.NEXT_PUBLIC_PARLOUR ?? "http://localhost:8080";

/** Rendered on the server, which asks Parlour as a guest; the talk below goes on in the browser. */
export default async function Page() {
  const client = connect({ url: SERVER });
  try {
    const { rooms } = await client.listRooms({ limit: 5 });
    return (
      <main>
        <h1>{rooms.length} rooms</h1>
        <Talk server={SERVER} room="lobby" />
      </main>
    );
  } finally {
    client.close();
  }
}
