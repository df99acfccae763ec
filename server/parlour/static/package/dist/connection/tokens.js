export function toTokenSource(option) {
    if (typeof option === "function")
        return { token: option };
    if (typeof option === "object")
        return option;
    return { token: () => option };
}
