/** A chat without a build: the server gives out its client as one module. */
const url = new URLSearchParams(location.search).get("server") ?? "http://localhost:8080";
const { connect, createSession } = await import(`${url}/parlour/client.js`);

const session = createSession({ url });
if (!(await session.resume()) && window.ethereum) await session.signIn({ provider: window.ethereum });
if (window.ethereum) session.follow(window.ethereum); // another account or chain signs out
const client = connect({ url, token: session });
const room = client.openRoom({ room: "lobby" });

const status = document.getElementById("status");
room.status.subscribe((now) => (status.textContent = now));

const log = document.getElementById("log");
room.messages.subscribe((messages) => {
  const lines = messages.map(({ author, text }) => {
    const line = document.createElement("li");
    line.textContent = `${author}: ${text}`;
    return line;
  });
  log.replaceChildren(...lines);
});

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = event.target.elements;
  room.say(text.value).catch((error) => (status.textContent = error.message));
  text.value = "";
});
