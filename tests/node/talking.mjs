// A camera with sound, as the simulated ones have none: H.264 and AAC made by ffmpeg, handed out by a small RTSP server
// (RFC 2326, interleaved in its connection as section 10.12 has it).
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { scratch, until } from './lib.mjs';

// Packets come here and go to all that play.
async function track(channel, players) {
  const socket = createSocket('udp4');
  await new Promise((done) => socket.bind(0, '127.0.0.1', done));
  socket.setRecvBufferSize(1 << 20);
  socket.on('message', (packet) => {
    const head = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 255]);
    for (const player of players) if (player.playing) player.write(Buffer.concat([head, packet]));
  });
  return socket;
}
function answer(player, request, description) {
  const [method, address] = request.split(' ');
  const field = (name) => request.match(new RegExp(`^${name}: *(.*)$`, 'im'))?.[1].trim() ?? '';
  const say = (fields = [], body = '') => player.write([`RTSP/1.0 200 OK`, `CSeq: ${field('CSeq')}`, ...fields, '', body].join('\r\n'));
  if (method === 'DESCRIBE') return say([`Content-Base: ${address}/`, 'Content-Type: application/sdp', `Content-Length: ${Buffer.byteLength(description)}`], description);
  if (method === 'SETUP') return say([`Transport: ${field('Transport').split(',')[0]}`, 'Session: 1']);
  say(method === 'OPTIONS' ? ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER'] : ['Session: 1']);
  if (method === 'PLAY') player.playing = true;
}

export async function talking() {
  const players = new Set();
  const [video, audio] = [await track(0, players), await track(2, players)];
  const file = join(scratch('talking'), 'street.sdp');
  const pictures = ['-map', '0:v', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '10', '-pix_fmt', 'yuv420p', '-flags', '+global_header'];
  const child = spawn('ffmpeg', ['-v', 'quiet', '-re', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=10', '-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=16000',
    ...pictures, '-f', 'rtp', `rtp://127.0.0.1:${video.address().port}?pkt_size=1200`, '-map', '1:a', '-c:a', 'aac', '-f', 'rtp', `rtp://127.0.0.1:${audio.address().port}?pkt_size=1200`, '-sdp_file', file], { stdio: 'ignore' });
  process.on('exit', () => child.kill('SIGKILL'));
  await until('the description of what it sends', () => existsSync(file) && /AAC|MPEG4-GENERIC/i.test(readFileSync(file, 'utf8')), 60);
  let n = 0;
  const description = readFileSync(file, 'utf8').replace(/^(m=\w+ )\d+/gm, (_, media) => `${media}0`).split(/\r?\n/).flatMap((line) => (line.startsWith('m=') ? [line, `a=control:track${n++}`] : [line])).join('\r\n');
  const server = createServer((player) => {
    players.add(player);
    let text = '';
    player.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const from = text.search(/[A-Z_]+ rtsp:/); // the player's RTCP lies between its requests
        if (from >= 0 && from < end) answer(player, text.slice(from, end), description);
        text = text.slice(end + 4);
      }
    });
    player.on('error', () => {});
    player.on('close', () => players.delete(player));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const stop = () => {
    child.kill('SIGKILL');
    for (const socket of [video, audio]) socket.close();
    for (const player of players) player.destroy();
    server.close();
  };
  return { url: `rtsp://127.0.0.1:${server.address().port}/street`, stop };
}
