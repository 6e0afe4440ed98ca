/**
 * Joins a room with end-to-end encryption. Copy it into your application. It needs one package: livekit-client.
 */

import { ExternalE2EEKeyProvider, isE2EESupported, Room } from "livekit-client";

/**
 * Media and data are encrypted and decrypted by the participants alone: LiveKit and TURN forward what they can't read.
 * @param passphrase at least 128 random bits, which your application sends to the room's participants. Never send it to
 * LiveKit, such as in a token, in metadata or in a room's name.
 */
export async function joinEncryptedRoom(url: string, token: string, passphrase: string): Promise<Room> {
  if (!isE2EESupported()) throw new Error("This browser does not support end-to-end encryption");
  const keyProvider = new ExternalE2EEKeyProvider();
  await keyProvider.setKey(passphrase);
  // Your bundler must replace this package path with the URL of the worker's file. Not every bundler does.
  const worker = new Worker(new URL("livekit-client/e2ee-worker", import.meta.url), { type: "module" });
  const room = new Room({ encryption: { keyProvider, worker } });
  // Before connecting, so that nothing is sent unencrypted.
  await room.setE2EEEnabled(true);
  await room.connect(url, token);
  return room;
}
