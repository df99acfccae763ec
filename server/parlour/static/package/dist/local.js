export { keepPosts } from "./local/posts.js";
export { shareSocket } from "./local/shared-socket.js";
