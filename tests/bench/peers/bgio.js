// Tic-tac-toe on boardgame.io 0.50: its Server, Master and socket transport, matches in memory.
// node bgio.js PORT
// The game decides who won by itself and takes `again` for the next round, so that a table plays
// without end; nothing is stored, and nobody signs in.
const { Server } = require('boardgame.io/dist/cjs/server.js');
const { INVALID_MOVE } = require('boardgame.io/dist/cjs/core.js');

const LINES = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];

const TicTacToe = {
  name: 'tic-tac-toe',
  setup: () => ({ cells: Array(9).fill(null), winner: null, over: false }),
  turn: { minMoves: 1, maxMoves: 1 },
  moves: {
    place: ({ G, playerID }, cell) => {
      if (G.over || G.cells[cell] !== null) return INVALID_MOVE;
      G.cells[cell] = playerID;
      if (LINES.some((line) => line.every((n) => G.cells[n] === playerID))) {
        G.winner = playerID;
        G.over = true;
      } else if (!G.cells.includes(null)) {
        G.over = true;
      }
    },
    again: ({ G }) => {
      if (!G.over) return INVALID_MOVE;
      G.cells = Array(9).fill(null);
      G.winner = null;
      G.over = false;
    },
  },
};

const port = Number(process.argv[2]);
Server({ games: [TicTacToe], origins: ['http://localhost'] }).run({ port, lobbyConfig: { apiPort: port + 1 } });
