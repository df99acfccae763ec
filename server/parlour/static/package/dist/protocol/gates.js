import { ParlourError } from "./errors.js";
/** What is missing, where an error is the refusal of a gate; else undefined. */
export function missingAtGate(error) {
    if (!(error instanceof ParlourError) || error.code !== "forbidden" || error.reason !== "gate")
        return undefined;
    const { need, have } = (error.details ?? {});
    return need?.map((leaf, at) => ({ leaf, have: have?.[at] ?? null }));
}
/** What a leaf asks for, in words for people. */
export function describeGate(leaf) {
    if ("accounts" in leaf)
        return "a place on the list of accounts";
    if ("merkle" in leaf)
        return "a proof that the account is on the list";
    const least = leaf.min ?? "1";
    if ("call" in leaf)
        return `at least ${least} from ${leaf.call.function.split("(")[0]} of ${leaf.call.to}`;
    if (leaf.token === "native")
        return `at least ${least} wei on chain ${leaf.chain}`;
    const ids = leaf.id === undefined ? "" : ` with id ${[leaf.id].flat().join(" or ")}`;
    return `at least ${least} of ${leaf.token}${ids} on chain ${leaf.chain}`;
}
/** The tree of a room object's gate; undefined where there is none, or where a list only says that there is one. */
export function gateOf(info) {
    return typeof info.gate === "object" ? info.gate : undefined;
}
