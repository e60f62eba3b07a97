/**
 * One picture in one <video>: a socket on one side, a SourceBuffer on the other. The media's line is the wall clock's:
 * second 0 is `zero`, so that what is on the screen says by itself when it was. Made for one camera and thrown away;
 * a new format makes a new MediaSource. Nothing is kept of what it has shown.
 */
import { PictureSocket, type Word } from '../api/picture-socket';
import { decodeTime, isInit, silenced, timescale } from './boxes';
import { followEdge, holding, offsetFor, type Range, stepOver } from './buffer';

export type Showing = 'opening' | 'moving' | 'stalled' | 'unplayable' | 'ended' | 'refused';
export interface Told {
  showing(showing: Showing, why: string): void;
  format(codec: string, masked: boolean): void;
  /** One still of several: the server has no room for a moving one. */
  picture(jpeg: Blob, at: number): void;
  /** The server took back what it had allowed. */
  closed(code: number): void;
  dropped(frames: number): void;
}
export interface Wish {
  path: string;
  live: boolean;
  /** Second 0 of the media's line: shared by all that run in step. */
  zero: number;
}
/** Silent for so long: what is on the screen is no longer called live. */
const quiet = 2_500;
const maxQueue = 400;

export class Player {
  rate = 1;
  paused = false;
  /** Wall time of the newest picture that came. */
  newest = 0;
  /** Of a recording: nothing more comes. */
  finished = false;
  private stills = false;
  /** Jumps the server has not answered yet: what comes is still of before. */
  private unanswered = 0;
  private socket: PictureSocket | null = null;
  private media: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private address = '';
  private readonly queue: (() => void)[] = [];
  private scale = 90_000;
  private offset: number | null = null;
  private at: number | null = null;
  private jump: { to: number; since: number; placed: boolean } | null = null;
  private heard = performance.now();
  private showing: Showing | null = null;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly video: HTMLVideoElement, private readonly wish: Wish, private readonly told: Told) {
    video.muted = true;
    this.say('opening', '');
    this.socket = new PictureSocket(wish.path, {
      word: (word) => this.word(word),
      bytes: (bytes) => this.bytes(bytes),
      closed: (heard, code) => {
        this.told.closed(code);
        this.end(heard ? 'ended' : 'refused', heard ? 'closed' : '');
      },
    });
    this.timer = setInterval(() => this.tick(), 200);
  }
  /** Wall time of what is on the screen; null: nothing yet. */
  get now(): number | null {
    if (this.stills) return this.newest || null;
    return this.video.readyState >= 2 ? this.wish.zero + this.video.currentTime * 1000 : null;
  }
  /** Of a recording that was opened there: nothing need be asked for. */
  aim(ms: number): void {
    this.jump = { to: ms, since: performance.now(), placed: false };
  }
  /** Of a recording. What is there already is shown at once; the rest follows. */
  seek(ms: number): void {
    this.jump = { to: ms, since: performance.now(), placed: false };
    this.heard = performance.now();
    this.finished = false;
    this.unanswered += 1;
    this.socket?.say({ seek: Math.round(ms) });
    if (this.paused) this.socket?.say({ pause: false });
    if (this.unanswered === 1) this.place();
  }
  setRate(rate: number): void {
    this.rate = rate;
    this.video.playbackRate = rate;
    this.socket?.say({ rate });
  }
  setPaused(paused: boolean): void {
    this.paused = paused;
    this.heard = performance.now();
    this.socket?.say({ pause: paused });
    if (paused) this.video.pause();
    else void this.video.play().catch(() => undefined);
  }
  /** To the same instant as its leader, if that is here already. */
  keepStep(ms: number): void {
    const wanted = (ms - this.wish.zero) / 1000;
    if (!this.jump && Math.abs(this.video.currentTime - wanted) > 0.15 && holding(this.ranges(), wanted)) this.video.currentTime = wanted;
  }
  close(): void {
    clearInterval(this.timer);
    this.socket?.close();
    this.socket = null;
    this.dropMedia();
  }

  private say(showing: Showing, why: string): void {
    if (showing === this.showing) return;
    this.showing = showing;
    this.told.showing(showing, why);
  }
  private end(showing: Showing, why: string): void {
    clearInterval(this.timer);
    this.socket?.close();
    this.socket = null;
    this.say(showing, why);
  }
  private word(word: Word): void {
    this.heard = performance.now();
    switch (word.type) {
      case 'seeking':
        this.unanswered = Math.max(0, this.unanswered - 1);
        this.queue.length = 0;
        break;
      case 'format':
        this.stills = word.way === 'stills';
        this.told.format(word.codec, word.masked === true);
        if (!this.stills) this.format(word.codec);
        break;
      case 'at':
      case 'picture':
        this.at = word.ms;
        break;
      case 'drop':
        this.told.dropped(word.frames);
        break;
      case 'interrupted':
        this.say('stalled', 'interrupted');
        break;
      case 'ended':
        if (word.reason === 'finished') this.finished = true;
        else this.end('ended', word.reason);
        break;
    }
  }
  private format(codec: string): void {
    const type = `video/mp4; codecs="${codec}"`;
    if (!('MediaSource' in globalThis) || !MediaSource.isTypeSupported(type)) return this.end('unplayable', codec);
    this.dropMedia();
    const media = new MediaSource();
    this.media = media;
    this.offset = null;
    this.address = URL.createObjectURL(media);
    this.video.src = this.address;
    media.addEventListener('sourceopen', () => {
      if (this.media !== media) return;
      this.buffer = media.addSourceBuffer(type);
      this.buffer.addEventListener('updateend', () => this.work());
      this.buffer.addEventListener('error', () => this.end('ended', 'bad_stream'));
      this.work();
    }, { once: true });
    if (!this.paused) void this.video.play().catch(() => undefined);
  }
  private bytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.heard = performance.now();
    const at = this.at;
    this.at = null;
    if (this.unanswered) return;
    if (this.stills) {
      this.newest = at ?? Date.now();
      this.told.picture(new Blob([bytes], { type: 'image/jpeg' }), this.newest);
      return this.say('moving', '');
    }
    const units = timescale(bytes);
    if (units) this.scale = units;
    const head = decodeTime(bytes);
    silenced(bytes);
    if (isInit(bytes)) return this.put(() => this.buffer!.appendBuffer(bytes));
    if (head && head.track !== 1) return;
    if (at !== null) this.newest = at;
    if (head) {
      const own = head.time / this.scale;
      // Without a word about the wall clock the first picture of a run is taken to be of now.
      const wanted = at !== null ? (at - this.wish.zero) / 1000 : this.offset === null ? (Date.now() - this.wish.zero) / 1000 : null;
      const offset = wanted === null ? this.offset! : offsetFor(wanted, own, this.offset);
      if (offset !== this.offset) {
        this.offset = offset;
        this.put(() => {
          this.buffer!.timestampOffset = offset;
          this.work();
        });
      }
    }
    this.put(() => this.buffer!.appendBuffer(bytes));
  }
  private put(task: () => void): void {
    if (this.queue.length > maxQueue) this.queue.splice(0, this.queue.length - maxQueue);
    this.queue.push(task);
    this.work();
  }
  private work(): void {
    const buffer = this.buffer;
    if (!buffer || buffer.updating || this.media?.readyState !== 'open') return;
    const task = this.queue[0];
    if (!task) return this.place();
    try {
      this.queue.shift();
      task();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError') {
        this.queue.unshift(task);
        buffer.remove(0, Math.max(0.1, this.video.currentTime - 2));
      } else this.end('ended', 'bad_stream');
    }
  }
  /** To where a jump led, as soon as it is there. */
  private place(): void {
    if (!this.jump || this.jump.placed) return;
    const wanted = (this.jump.to - this.wish.zero) / 1000;
    const ranges = this.ranges();
    const late = performance.now() - this.jump.since > 1_500;
    const there = holding(ranges, wanted) ?? (late ? ranges.find(([from]) => from > wanted && from < wanted + 3600) : undefined);
    if (!there) return;
    this.jump.placed = true;
    this.video.currentTime = Math.max(wanted, there[0]);
    if (this.paused) setTimeout(() => this.paused && this.socket?.say({ pause: true }), 300);
    else void this.video.play().catch(() => undefined);
    this.jump = null;
  }
  private ranges(): Range[] {
    try {
      const list = this.buffer?.buffered;
      return list ? Array.from({ length: list.length }, (_, i): Range => [list.start(i), list.end(i)]) : [];
    } catch {
      return [];
    }
  }
  private tick(): void {
    const ranges = this.ranges();
    const at = this.video.currentTime;
    if (ranges.length && !this.jump) {
      const first = at === 0 ? ranges.at(-1)![0] : null;
      const step = this.wish.live ? followEdge(ranges, at) : stepOver(ranges, at, !this.paused);
      const seek = this.wish.live ? step.seek : (first ?? step.seek);
      if (seek !== null) this.video.currentTime = seek;
      if (this.wish.live) this.video.playbackRate = step.rate;
      else if (this.video.playbackRate !== this.rate) this.video.playbackRate = this.rate;
      if (!this.paused && this.video.paused) void this.video.play().catch(() => undefined);
      const past = step.remove;
      if (past && past[1] > past[0]) this.put(() => this.buffer!.remove(past[0], past[1]));
    } else this.place();
    const silent = performance.now() - this.heard > quiet && !this.finished && (this.wish.live || this.video.readyState < 3);
    if (this.stills) this.say(silent && !this.paused ? 'stalled' : 'moving', silent ? 'no_data' : '');
    else if (this.video.readyState >= 2) this.say(silent && !this.paused ? 'stalled' : 'moving', silent ? 'no_data' : '');
    else if (silent) this.say('stalled', 'no_data');
  }
  private dropMedia(): void {
    this.queue.length = 0;
    this.buffer = null;
    this.media = null;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = '';
  }
}
