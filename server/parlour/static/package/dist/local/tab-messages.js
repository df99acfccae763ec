/** What the tabs that share one socket tell each other. */
export {};
