import { randomId } from "./connection/ids.js";
/** Make a party and return its room, which others join by `room.invite`; its leader looks by `findMatch({ party })`. */
export async function createParty(client, { room: id = randomId(), ...rest }) {
    return (await client.request("party:create", { id, ...rest })).room;
}
/** Tell one's party that one is ready to play, or is not. @throws ParlourError */
export async function ready(party, on = true) {
    await party.request("party:ready", { on });
}
/** Return what accounts, at most 100, are rated in a kind; whoever has not played it has no rank. @throws ParlourError */
export async function ratings(client, kind, accounts) {
    return (await client.request("ratings:of", { kind, accounts: [...accounts] })).ratings;
}
/** Return a page of a board: from the top, from a cursor, or with an account in its middle. @throws ParlourError */
export function board(client, id, options = {}) {
    return client.request("board:read", { board: id, ...options });
}
