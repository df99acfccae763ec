export { keepPosts, type KeepPostsOptions } from "./local/posts.js";
export { shareSocket, type ShareSocketOptions } from "./local/shared-socket.js";
