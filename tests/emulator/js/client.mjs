// Google's own JavaScript client in conversation with a server: node client.mjs SCENARIO '{"baseUrl": …, …}'.
// What it has seen is printed as one line of JSON.

import { readFileSync } from "node:fs";
import { GoogleGenAI, Modality } from "@google/genai";

const MODEL = "gemini-2.5-flash-native-audio-preview-12-2025";
const CONFIG = { responseModalities: [Modality.AUDIO], outputAudioTranscription: {}, inputAudioTranscription: {} };
const [scenario, given] = process.argv.slice(2);
const options = JSON.parse(given);

function clientFor(apiKey, apiVersion = "v1beta") {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: options.baseUrl, apiVersion } });
}

// Connect, and give a function that waits for the next message for which a condition holds.
async function open(client, config) {
  const waiting = [];
  const queue = [];
  const seen = [];
  const take = (message) => {
    seen.push(message);
    const waiter = waiting.shift();
    if (waiter) waiter(message);
    else queue.push(message);
  };
  const session = await client.live.connect({
    model: options.model ?? MODEL,
    config: { ...CONFIG, ...config },
    callbacks: {
      onmessage: take,
      onerror: (event) => take({ failed: event.message ?? "an error" }),
      onclose: (event) => take({ closed: event.code, reason: event.reason }),
    },
  });
  const next = () => (queue.length ? Promise.resolve(queue.shift()) : new Promise((done) => waiting.push(done)));
  const until = async (holds) => {
    const messages = [];
    for (;;) {
      const message = await next();
      messages.push(message);
      if (holds(message)) return messages;
      if (message.closed || message.failed) throw new Error(JSON.stringify(message));
    }
  };
  return { session, until, seen };
}

const ended = (message) => message.serverContent?.turnComplete;
const words = (messages, key = "outputTranscription") =>
  messages.map((message) => message.serverContent?.[key]?.text ?? "").join("");
const bytes = (messages) =>
  messages
    .flatMap((message) => message.serverContent?.modelTurn?.parts ?? [])
    .reduce((sum, part) => sum + (part.inlineData ? Buffer.from(part.inlineData.data, "base64").length : 0), 0);

async function ask(live, text) {
  live.session.sendClientContent({ turns: [{ role: "user", parts: [{ text }] }], turnComplete: true });
  return live.until(ended);
}

const scenarios = {
  async text() {
    const live = await open(clientFor("a-key"), {});
    const first = await ask(live, "Remember the number 42.");
    const second = await ask(live, "What number was it?");
    live.session.close();
    return { audio: bytes(first), first: words(first), second: words(second) };
  },
  async audio() {
    const live = await open(clientFor("a-key"), {});
    const pcm = readFileSync(options.pcm);
    for (let at = 0; at < pcm.length; at += 3200) {
      const data = pcm.subarray(at, at + 3200).toString("base64");
      live.session.sendRealtimeInput({ audio: { data, mimeType: "audio/pcm;rate=16000" } });
    }
    live.session.sendRealtimeInput({ audioStreamEnd: true });
    const turn = await live.until(ended);
    live.session.close();
    return { heard: words(turn, "inputTranscription"), audio: bytes(turn) };
  },
  async tool() {
    const parameters = { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] };
    const tools = [{ functionDeclarations: [{ name: "get_weather", parameters }] }];
    const live = await open(clientFor("a-key"), { tools });
    live.session.sendClientContent({ turns: "What is the weather in London?", turnComplete: true });
    const calls = (await live.until((message) => message.toolCall)).at(-1).toolCall.functionCalls;
    const { id, name } = calls[0];
    live.session.sendToolResponse({ functionResponses: [{ id, name, response: { output: "It is foggy." } }] });
    const turn = await live.until(ended);
    live.session.close();
    return { calls: calls.map((call) => [call.name, call.args]), answer: words(turn) };
  },
  async resumption() {
    const client = clientFor("a-key");
    const first = await open(client, { sessionResumption: {} });
    await ask(first, "My name is Alice.");
    const resumable = (message) => message.sessionResumptionUpdate?.newHandle;
    const handle = (await first.until(resumable)).at(-1).sessionResumptionUpdate.newHandle;
    first.session.close();
    await first.until((message) => message.closed);
    const second = await open(client, { sessionResumption: { handle } });
    const turn = await ask(second, "What is my name?");
    second.session.close();
    return { answer: words(turn) };
  },
  async token() {
    const token = await clientFor("a-key", "v1alpha").authTokens.create({ config: { uses: 1 } });
    const live = await open(clientFor(token.name, "v1alpha"), {});
    const turn = await ask(live, "Say yes.");
    live.session.close();
    return { named: token.name.startsWith("auth_tokens/"), answer: words(turn) };
  },
  async music() {
    const queue = [];
    const session = await clientFor("a-key", "v1alpha").live.music.connect({
      model: "models/lyria-realtime-exp",
      callbacks: {
        onmessage: (message) => queue.push(message),
        onerror: (event) => queue.push({ failed: event.message }),
        onclose: (event) => queue.push({ closed: event.code }),
      },
    });
    await session.setWeightedPrompts({ weightedPrompts: [{ text: "piano", weight: 1.0 }] });
    await session.setMusicGenerationConfig({ musicGenerationConfig: { bpm: 90 } });
    session.play();
    const chunk = () => queue.find((message) => message.serverContent?.audioChunks?.length);
    while (!chunk() && !queue.some((message) => message.failed || message.closed)) {
      await new Promise((done) => setTimeout(done, 10));
    }
    session.close();
    const [first] = chunk().serverContent.audioChunks;
    return { mimeType: first.mimeType, bytes: Buffer.from(first.data, "base64").length };
  },
  async models() {
    const names = [];
    for await (const model of await clientFor("a-key").models.list()) names.push(model.name);
    return { names };
  },
};

const result = await scenarios[scenario]();
console.log(JSON.stringify(result));
process.exit(0);
