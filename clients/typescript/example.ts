// Type-checked with the package (`npm run check`), so that what the README shows is so.
import { Gone, Tilegate, type LinkOutput } from "./src/index.js";

export async function shareForAWeek(itemId: string): Promise<LinkOutput> {
  const client = new Tilegate({ url: "https://maps.example.org", apiKey: "tg_…" });
  return client.share.link.create({
    target_type: "item",
    target_id: itemId,
    password: "correct horse battery",
    expires_in_hours: 168,
  });
}

export async function tilesOf(token: string, password: string): Promise<string[]> {
  try {
    const document = await new Tilegate({ url: "https://maps.example.org" }).share.tilejson({ token, password });
    return document.tiles;
  } catch (error) {
    if (error instanceof Gone) return [];
    throw error;
  }
}

export async function names(client: Tilegate): Promise<string[]> {
  const found: string[] = [];
  for await (const link of client.share.link.list_all({ status: "active" })) found.push(link.name);
  return found;
}
