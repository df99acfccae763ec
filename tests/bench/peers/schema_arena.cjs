// The arena on @colyseus/schema 5: what its encoder writes for each tick.
// node schema_arena.cjs < STATES; a line of STATES is {x: [], y: [], score: [], coins: [[x, y]]}, a tick after the last.
// Prints {shape: [bytes of each tick]} for each way to declare the same state; a decoder checks every one.
console.warn = () => {}; // that `defineTypes` will be replaced: what it encodes is the same
const { Schema, MapSchema, ArraySchema, Encoder, Decoder, defineTypes } = require('@colyseus/schema');
const assert = require('node:assert');

/** Ships as objects in a map, as its documentation shows them. */
function ships(number) {
  class Ship extends Schema {}
  defineTypes(Ship, { x: number, y: number, score: number });
  class Coin extends Schema {}
  defineTypes(Coin, { x: number, y: number });
  class Arena extends Schema {}
  defineTypes(Arena, { ships: { map: Ship }, coins: { array: Coin } });
  const make = () => Object.assign(new Arena(), { ships: new MapSchema(), coins: new ArraySchema() });
  const set = (arena, { x, y, score, coins }) => {
    x.forEach((value, seat) => {
      const key = String(seat);
      if (!arena.ships.has(key)) arena.ships.set(key, new Ship());
      Object.assign(arena.ships.get(key), { x: value, y: y[seat], score: score[seat] });
    });
    coins.forEach(([cx, cy], at) => {
      if (at >= arena.coins.length) arena.coins.push(new Coin());
      Object.assign(arena.coins[at], { x: cx, y: cy });
    });
  };
  const read = (arena) => {
    const all = [...arena.ships.entries()].sort(([one], [other]) => one - other).map(([, ship]) => ship);
    return {
      x: all.map(({ x }) => x),
      y: all.map(({ y }) => y),
      score: all.map((ship) => ship.score),
      coins: [...arena.coins].map(({ x, y }) => [x, y]),
    };
  };
  return { make, set, read };
}

/** Columns of numbers, as Parlour's arena shows them. */
function columns(number) {
  class Arena extends Schema {}
  const names = ['x', 'y', 'score', 'coins'];
  defineTypes(Arena, Object.fromEntries(names.map((name) => [name, [number]])));
  const make = () => Object.assign(new Arena(), Object.fromEntries(names.map((name) => [name, new ArraySchema()])));
  const set = (arena, state) => {
    for (const name of names)
      state[name].flat().forEach((value, at) => {
        if (at >= arena[name].length) arena[name].push(value);
        else if (arena[name][at] !== value) arena[name][at] = value;
      });
  };
  const read = (arena) => {
    const flat = [...arena.coins];
    const coins = flat.flatMap((x, at) => (at % 2 ? [] : [[x, flat[at + 1]]]));
    return { x: [...arena.x], y: [...arena.y], score: [...arena.score], coins };
  };
  return { make, set, read };
}

function measure({ make, set, read }, states) {
  Encoder.BUFFER_SIZE = 1 << 20;
  const arena = make();
  const encoder = new Encoder(arena);
  const copy = make();
  const decoder = new Decoder(copy);
  set(arena, states[0]);
  decoder.decode(encoder.encodeAll());
  encoder.discardChanges();
  return states.slice(1).map((state) => {
    set(arena, state);
    const bytes = encoder.encode();
    decoder.decode(bytes);
    encoder.discardChanges();
    assert.deepStrictEqual(read(copy), state);
    return bytes.length;
  });
}

const states = require('node:fs').readFileSync(0, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const shapes = {
  'ships of number': ships('number'),
  'ships of uint16': ships('uint16'),
  'columns of number': columns('number'),
  'columns of uint16': columns('uint16'),
};
const told = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, measure(shape, states)]));
console.log(JSON.stringify(told));
