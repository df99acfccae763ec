/** Emoji by their usual short names (those of Slack and GitHub), the ones people reach for most first. */
const NAMED =
  "+1 👍 -1 👎 heart ❤️ joy 😂 tada 🎉 fire 🔥 eyes 👀 wave 👋 pray 🙏 rocket 🚀 100 💯 clap 👏 smile 😄 grin 😁 laughing 😆 " +
  "sweat_smile 😅 rofl 🤣 slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 " +
  "star_struck 🤩 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 zany_face 🤪 money_mouth_face 🤑 hugs 🤗 thinking 🤔 " +
  "zipper_mouth_face 🤐 raised_eyebrow 🤨 neutral_face 😐 expressionless 😑 smirk 😏 unamused 😒 roll_eyes 🙄 grimacing 😬 " +
  "relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 nauseated_face 🤢 exploding_head 🤯 cowboy_hat_face 🤠 " +
  "partying_face 🥳 sunglasses 😎 nerd_face 🤓 confused 😕 worried 😟 open_mouth 😮 flushed 😳 pleading_face 🥺 " +
  "cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 weary 😩 yawning_face 🥱 triumph 😤 rage 😡 angry 😠 skull 💀 " +
  "poop 💩 clown_face 🤡 ghost 👻 alien 👽 robot 🤖 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 broken_heart 💔 " +
  "orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 sparkling_heart 💖 boom 💥 " +
  "dizzy 💫 speech_balloon 💬 zzz 💤 ok_hand 👌 v ✌️ crossed_fingers 🤞 metal 🤘 call_me_hand 🤙 point_left 👈 " +
  "point_right 👉 point_up_2 👆 point_down 👇 raised_hand ✋ handshake 🤝 muscle 💪 writing_hand ✍️ brain 🧠 shrug 🤷 " +
  "facepalm 🤦 dog 🐶 cat 🐱 fox_face 🦊 bear 🐻 panda_face 🐼 unicorn 🦄 bug 🐛 butterfly 🦋 snail 🐌 turtle 🐢 octopus 🐙 " +
  "whale 🐳 crab 🦀 rose 🌹 sunflower 🌻 seedling 🌱 four_leaf_clover 🍀 apple 🍎 avocado 🥑 pizza 🍕 hamburger 🍔 " +
  "taco 🌮 popcorn 🍿 cookie 🍪 cake 🍰 birthday 🎂 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine_glass 🍷 champagne 🍾 " +
  "earth_africa 🌍 sunny ☀️ rainbow 🌈 snowflake ❄️ zap ⚡ star ⭐ sparkles ✨ moon 🌔 ocean 🌊 soccer ⚽ basketball 🏀 " +
  "trophy 🏆 medal_sports 🏅 video_game 🎮 game_die 🎲 chess_pawn ♟️ dart 🎯 art 🎨 musical_note 🎵 guitar 🎸 car 🚗 " +
  "airplane ✈️ ship 🚢 house 🏠 gem 💎 moneybag 💰 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 lock 🔒 key 🔑 " +
  "bulb 💡 bell 🔔 hammer 🔨 gear ⚙️ link 🔗 chains ⛓️ scissors ✂️ pushpin 📌 paperclip 📎 memo 📝 calendar 📅 books 📚 " +
  "envelope ✉️ package 📦 computer 💻 iphone 📱 hourglass ⌛ alarm_clock ⏰ white_check_mark ✅ x ❌ warning ⚠️ " +
  "question ❓ exclamation ❗ recycle ♻️ infinity ♾️ checkered_flag 🏁 rainbow_flag 🏳️‍🌈 pirate_flag 🏴‍☠️";

const words = NAMED.split(" ");

/** Each emoji with its name, the ones people reach for most first. */
export const EMOJI: readonly { name: string; emoji: string }[] = Array.from({ length: words.length / 2 }, (_, at) => ({
  name: words[2 * at]!,
  emoji: words[2 * at + 1]!,
}));

/** Find emoji whose names begin with these letters, then those that hold them. */
export function findEmoji(letters: string, most: number): { name: string; emoji: string }[] {
  const wanted = letters.toLowerCase();
  const beginning = EMOJI.filter(({ name }) => name.startsWith(wanted));
  const holding = EMOJI.filter(({ name }) => name.includes(wanted) && !name.startsWith(wanted));
  return [...beginning, ...holding].slice(0, most);
}
