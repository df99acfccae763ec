/**
 * The wire, version 1, as the server's own registry has it (docs/protocol.md is the prose).
 *
 * Made by `parlour schema protocol --lang ts`; do not edit. `at` and every `…At` are milliseconds since 1970 UTC.
 */
export {};
