/**
 * Hear of transactions that wait for a block, best effort, over every reconnect, until the returned function is called.
 * One filter a chain: a later one replaces it, here as on the server. @throws ParlourError when it is refused
 */
export async function pending(client, options, listener) {
    const { chain } = options;
    await client.request("chain:pending", options);
    const offs = [
        client.onSignal(({ type, body }) => {
            const transaction = body;
            if (type === "chain.pending" && transaction.chain === chain)
                listener(transaction);
        }),
        client.onStatus(({ status }) => {
            if (status === "online")
                client.request("chain:pending", options).catch(() => undefined); // the next socket asks again
        }),
    ];
    return () => {
        if (offs.length === 0)
            return;
        for (const off of offs.splice(0))
            off();
        client.request("chain:pending", { chain, on: false }).catch(() => undefined); // a lost socket hears of none
    };
}
