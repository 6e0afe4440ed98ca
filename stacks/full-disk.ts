import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { cannot, type UserError } from "../model/user-error";
import { cachePlace } from "./cache";
import { localFolder } from "./env";

/** Free bytes below which a disk counts as full: a state or an image's layer would not fit. */
const full = 16 * 1024 * 1024;

/**
 * Throws if a disk is full. Commands call this before they create anything, because the engine would retry for minutes
 * to write its state.
 */
export function rejectFullDisk(): void {
  if (fullFolders().length > 0) throw diskFull();
}

/** Describes a full disk, with the folders on it that the commands write to. */
export function diskFull(): UserError {
  const named = fullFolders();
  return cannot(
    named.length > 0 ? named.join(", ") : "a disk",
    "the disk is full",
    "Free space on this disk (df -h and docker system df show the usage), then run the command again: it continues where it stopped",
  );
}

function fullFolders(): string[] {
  const folders = [localFolder, cachePlace(), tmpdir(), dockerFolder].filter((folder) => existsSync(folder));
  return folders.filter((folder) => freeBytes(folder) < full);
}

/** The Docker engine's default data folder, if it runs on this machine. */
const dockerFolder = "/var/lib/docker";

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
