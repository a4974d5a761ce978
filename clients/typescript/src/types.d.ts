// Written by `python -m clients.generate`: change the service instead.

/** What you would like, of whom you are. No account is needed. */
export interface AccessAsk {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** One of access, more_time, download, write */
  kind?: AccessKind;
  /** Where the answer goes; default: that of your session token. At most 320 characters */
  email?: string | null;
  /** At most 200 characters */
  name?: string;
  /** Plain text. At most 2,000 characters */
  message?: string;
  /** For how much longer you would like to have it. At most 878,400. Above 0 */
  hours?: number | null;
}

/** Always the same, whoever asks: it reveals nothing of the link, nor of whom it is meant for. */
export interface AccessAsked {
  ok?: true;
  detail: string;
}

/** What is asked for. */
export type AccessKind = "access" | "more_time" | "download" | "write";

/** Without a project and a link: what was asked for in all your projects. */
export interface AccessList {
  /** 1 to 64 characters */
  project_id?: string | null;
  /** 1 to 64 characters */
  link_id?: string | null;
  /** One of open, granted, denied */
  status?: AccessStatus | null;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** What somebody asked for, and what became of it. */
export interface AccessOutput {
  id: string;
  link_id: string;
  project_id: string;
  /** One of access, more_time, download, write */
  kind: AccessKind;
  email: string;
  is_confirmed: boolean;
  name: string;
  message: string;
  hours: number | null;
  /** One of open, granted, denied */
  status: AccessStatus;
  created_at: string;
  resolved_at: string | null;
  resolved_by: string | null;
  answer: string | null;
}

/** Access requests, oldest first. */
export interface AccessPage {
  requests: Array<AccessOutput>;
  next_cursor: string | null;
}

/**
 * The answer. To grant adds who asked to the link's recipients, and changes the link as is said here.
 *
 * `new_link` leaves it as it is, and makes one like it for them alone, with a password of its own.
 */
export interface AccessResolve {
  /** 1 to 64 characters */
  request_id: string;
  /** One of grant, deny */
  decision: Decision;
  /** Plain text. At most 2,000 characters */
  answer?: string;
  /** RFC 3339, with a zone */
  expires_at?: string | null;
  /** Instead of expires_at. At most 878,400. Above 0 */
  expires_in_hours?: number | null;
  /** Default: what was asked for; on the present link it is then everybody's. One of drop, view, download, write */
  permission?: Permission | null;
  /** Make a link for them alone; needs a password and an expiry */
  new_link?: boolean;
  /** 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it */
  password?: string | null | null;
}

/** What was answered, and the link that it was granted by. */
export interface AccessResolved {
  request: AccessOutput;
  link: LinkDetail | null;
  mailed: boolean;
}

/** What became of it. */
export type AccessStatus = "open" | "granted" | "denied";

/** What kind of somebody changes things. */
export type ActorType = "user" | "signed_in" | "recipient" | "command" | "service";

/** The scopes must be ones that you hold. */
export interface ApiKeyCreate {
  /** 1 to 200 characters */
  label: string;
  /** One of shares:read, shares:write, items:read, items:write, usage:read, admin, operator. At least 1 entries */
  scopes: Array<Scope>;
  expires_at?: string | null;
}

/** A new API key. Its text is shown this once. */
export interface ApiKeyCreated {
  id: string;
  user_id: string;
  email: string;
  label: string;
  /** One of shares:read, shares:write, items:read, items:write, usage:read, admin, operator */
  scopes: Array<Scope>;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  api_key: string;
}

/** An API key, without its text. */
export interface ApiKeyOutput {
  id: string;
  user_id: string;
  email: string;
  label: string;
  /** One of shares:read, shares:write, items:read, items:write, usage:read, admin, operator */
  scopes: Array<Scope>;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

/** The API keys of your organization, oldest first. */
export interface ApiKeyPage {
  api_keys: Array<ApiKeyOutput>;
}

/** Name an API key. */
export interface ApiKeyRef {
  /** 1 to 64 characters */
  api_key_id: string;
}

/** Name an organization, and which rows of its log. */
export interface AuditListRequest {
  /** 1 to 64 characters */
  organization_id: string;
  /** Only what this user did: usr_…. At most 200 characters */
  actor_id?: string | null;
  /** Only what was done to this link, item, key, project …. At most 400 characters */
  target_id?: string | null;
  /** Only by this operation, or `sign_in`. At most 60 characters */
  operation?: string | null;
  /** Only from this time on */
  since?: string | null;
  /** Only before this time */
  until?: string | null;
  /** How many rows at most. 1 to 1,000 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
  /** Csv: a table with a header line. One of json, csv */
  format?: "json" | "csv";
}

/** Rows of the log, newest first. */
export interface AuditPage {
  organization_id: string;
  rows: Array<AuditRow>;
  next_cursor: string | null;
}

/** What was done to one thing by one call. */
export interface AuditRow {
  id: string;
  at: string;
  operation: string;
  /** One of user, signed_in, recipient, command, service */
  actor_type: ActorType;
  actor_id: string;
  actor_email: string | null;
  api_key_id: string | null;
  client: string;
  target_type: string;
  target_id: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** One band of a raster, as its file tells it. */
export interface BandDescription {
  index: number;
  dtype: string;
  description: string;
  colorinterp: string;
  nodata: number | null;
}

/** What the values of a band are like; null, or empty, where there are none. */
export interface BandStatistics {
  name: string;
  band: number | null;
  description: string;
  unit: string;
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  count: number;
  valid_percent: number;
  percentiles: Record<string, number>;
  histogram: Histogram;
  classes?: Array<ClassCount> | null;
}

/** A link that was made. */
export interface BatchLink {
  id: string;
  token: string;
  url: string;
  tilejson_url: string;
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
  /** One of drop, view, download, write */
  permission: Permission;
  organization_id: string;
  project_id: string;
  name: string;
  /** One of scheduled, active, suspended, expired, revoked */
  status: LinkStatus;
  expires_at: string | null;
  created_at: string;
  revoked_at: string | null;
  access_count: number;
  last_accessed_at: string | null;
  created_by: string;
  remaining_views: number | null;
  warnings: Array<string>;
  /** What looking at all of it could cost; of a dry run alone */
  cost?: LinkCost | null;
  targets: Array<TargetRef>;
  recipients: Array<string>;
  password: string | null;
}

/** How targets and recipients become links. */
export type BatchMode = "link_per_pair" | "bundle_per_recipient";

/** How it went for a recipient. */
export interface BatchRecipient {
  /** One of success, error */
  status: Outcome;
  code?: string | null;
  detail?: string | null;
  field?: string | null;
  recipient: string;
  link_ids: Array<string>;
}

/** How it went for a link. */
export interface BatchRevoked {
  /** One of success, error */
  status: Outcome;
  code?: string | null;
  detail?: string | null;
  field?: string | null;
  id: string;
  already_revoked?: boolean | null;
  effective_at?: string | null;
}

/** How a batch went: all of it, some of it, nothing of it. */
export type BatchStatus = "success" | "mixed" | "aborted";

/** How it went for a target. */
export interface BatchTarget {
  /** One of success, error */
  status: Outcome;
  code?: string | null;
  detail?: string | null;
  field?: string | null;
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
  link_ids: Array<string>;
}

/** Name an organization, and the most that it may use in a calendar month. What is left out has no limit. */
export interface BudgetCeilingSet {
  /** 1 to 64 characters */
  organization_id: string;
  /** Images sent. 0 to 9,007,199,254,740,991 */
  max_renders?: number | null;
  /** Width times height of all images sent. 0 to 9,007,199,254,740,991 */
  max_pixels?: number | null;
  /** Bytes of images and files sent. 0 to 9,007,199,254,740,991 */
  max_bytes?: number | null;
  /** Points and statistics answered. 0 to 9,007,199,254,740,991 */
  max_queries?: number | null;
}

/** The most that may be used in a month; null: no limit. */
export interface BudgetLimits {
  max_renders: number | null;
  max_pixels: number | null;
  max_bytes: number | null;
  max_queries: number | null;
}

/** How far a unit that has a limit is, and where it will be at the end of the month at the present rate. */
export interface BudgetOutlook {
  unit: string;
  limit: number;
  used: number;
  forecast: number;
  reached_on: string | null;
}

/** What holds in this calendar month of the organization: the tighter of its own limits and the operator's. */
export interface BudgetOutput {
  max_renders: number | null;
  max_pixels: number | null;
  max_bytes: number | null;
  max_queries: number | null;
  organization_id: string;
  time_zone: string;
  period: string;
  starts_at: string;
  ends_at: string;
  used: BudgetUsed;
  own: BudgetLimits;
  ceiling: BudgetLimits;
}

/** Name an organization. */
export interface BudgetRef {
  /** 1 to 64 characters */
  organization_id: string;
}

/** Name an organization, and the most that it is to use in a calendar month. What is left out has no limit. */
export interface BudgetSet {
  /** 1 to 64 characters */
  organization_id: string;
  /** Images sent. 0 to 9,007,199,254,740,991 */
  max_renders?: number | null;
  /** Width times height of all images sent. 0 to 9,007,199,254,740,991 */
  max_pixels?: number | null;
  /** Bytes of images and files sent. 0 to 9,007,199,254,740,991 */
  max_bytes?: number | null;
  /** Points and statistics answered. 0 to 9,007,199,254,740,991 */
  max_queries?: number | null;
  /** IANA name, as Europe/Berlin: when its months begin. Left out: as it is. At most 64 characters */
  time_zone?: string | null;
}

/** What was used of a month's budget, live. */
export interface BudgetUsed {
  renders: number;
  pixels: number;
  bytes: number;
  queries: number;
}

/** Where a map is looked at from. Degrees; zoom as in tiles of 512 pixels, which MapLibre counts. */
export interface Camera {
  /** Longitude, latitude */
  center: [number, number];
  /** 0 to 24 */
  zoom: number;
  /** Clockwise from the north. -360 to 360 */
  bearing?: number;
  /** Away from looking straight down. 0 to 85 */
  pitch?: number;
}

/** Who took a link that is meant for them. */
export interface ClaimOutput {
  email: string;
  subject: string;
  claimed_at: string;
}

/** How often a value occurs. */
export interface ClassCount {
  value: number;
  label: string | null;
  count: number;
  percent: number;
}

/** The address that the code was sent to, and the code. */
export interface CodeRedeem {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 320 characters */
  email: string;
  /** The six digits of the letter. ^[0-9]{6}$ */
  code: string;
}

/** A link, and your e-mail address: one of those that the link is meant for. */
export interface CodeRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 320 characters */
  email: string;
}

/** Always the same, whoever asks: it reveals nothing of whom the link is meant for. */
export interface CodeRequested {
  ok?: true;
  detail: string;
  expires_in: number;
}

/** Which items, in which order. All of them are rendered by the same profiles, so that no seams show. */
export interface CollectionCreate {
  /** 1 to 64 characters */
  project_id: string;
  /** 1 to 200 characters */
  name: string;
  /** Raster items of the project, the first on top. 1 to 10,000 entries */
  item_ids: Array<string>;
  /** Markdown. At most 10,000 characters */
  description?: string;
  /** Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters */
  attribution?: string;
  /** An SPDX id, or a title and a url; null in an update takes it away */
  license?: License | null;
  /** For all items; none: the first item's, as far as all items share them by id. At most 50 entries */
  profiles?: Array<Profile>;
  /** Which pixel shows where several items lie: the first item's, or what a method makes of all. One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh */
  pixel_selection?: PixelSelection;
}

/** The collection is gone; its items are untouched, its links answer 410. */
export interface CollectionDeleted {
  id: string;
  ok: boolean;
}

/** A collection with its items. */
export interface CollectionDetail {
  id: string;
  organization_id: string;
  project_id: string;
  name: string;
  description: string;
  attribution: string;
  license: License | null;
  item_count: number;
  bounds: [number, number, number, number];
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  profiles: Array<Profile>;
  /** One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh */
  pixel_selection: PixelSelection;
  created_at: string;
  updated_at: string;
  item_ids: Array<string>;
}

/** An item of a shared collection: `item` picks it by its id. */
export interface CollectionItem {
  id: string;
  bounds: [number, number, number, number];
  datetime?: string | null;
}

/** Without a project: the collections of all your projects. */
export interface CollectionList {
  /** 1 to 64 characters */
  project_id?: string | null;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** A collection. Bounds are degrees west, south, east, north (WGS 84) of all its items. */
export interface CollectionOutput {
  id: string;
  organization_id: string;
  project_id: string;
  name: string;
  description: string;
  attribution: string;
  license: License | null;
  item_count: number;
  bounds: [number, number, number, number];
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  profiles: Array<Profile>;
  /** One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh */
  pixel_selection: PixelSelection;
  created_at: string;
  updated_at: string;
}

/** Collections, oldest first. */
export interface CollectionPage {
  collections: Array<CollectionOutput>;
  next_cursor: string | null;
}

/** Name a collection. */
export interface CollectionRef {
  /** 1 to 64 characters */
  collection_id: string;
}

/** What is left out stays as it is; item_ids take the place of all it has. */
export interface CollectionUpdate {
  /** 1 to 64 characters */
  collection_id: string;
  /** 1 to 200 characters */
  name?: string | null;
  /** Markdown. At most 10,000 characters */
  description?: string | null;
  /** Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters */
  attribution?: string | null;
  /** An SPDX id, or a title and a url; null in an update takes it away */
  license?: License | null;
  /** Raster items of the project, the first on top. 1 to 10,000 entries */
  item_ids?: Array<string> | null;
  /** For all items; none: the first item's, as far as all items share them by id. At most 50 entries */
  profiles?: Array<Profile> | null;
  /** Which pixel shows where several items lie: the first item's, or what a method makes of all. One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh */
  pixel_selection?: PixelSelection | null;
}

/** Which part, and as what: a picture, or a GeoTIFF of the values (for links that allow downloads). */
export interface CropRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  render?: Render | null;
  /** West, south, east, north; in degrees, a west greater than its east crosses 180° */
  bbox?: [number, number, number, number] | null;
  geometry?: Record<string, unknown> | null;
  /** An EPSG code, of the bbox. ^EPSG:[1-9][0-9]{3,5}$ */
  crs?: string;
  /** Png, jpg, webp or tif. At most 10 characters */
  format?: string;
  /** Pixels of the longer side; default: as many as the raster has there. 1 to 65,536 */
  max_size?: number | null;
  /** Of a GeoTIFF: EPSG:3857 or EPSG:4326; default: the raster's own, of a mosaic EPSG:3857. ^EPSG:[1-9][0-9]{3,5}$ */
  dst_crs?: string | null;
}

/** What a link was used for on one UTC day. */
export interface DayUsage {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
  day: string;
}

/** What is answered. */
export type Decision = "grant" | "deny";

/** The last ones first. */
export interface DeliveryList {
  /** 1 to 64 characters */
  webhook_id: string;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** An event on its way to a webhook. */
export interface DeliveryOutput {
  /** What `webhook-id` says, at each try */
  id: string;
  type: string;
  /** One of queued, delivered, failed */
  status: DeliveryStatus;
  created_at: string;
  attempts: number;
  next_attempt_at: string | null;
  delivered_at: string | null;
  response_status: number | null;
  error: string | null;
}

/** Deliveries, newest first; they are kept for thirty days. */
export interface DeliveryPage {
  deliveries: Array<DeliveryOutput>;
  next_cursor: string | null;
}

/** How far a delivery is. */
export type DeliveryStatus = "queued" | "delivered" | "failed";

/** What a link takes. */
export interface DropLimits {
  max_bytes: number;
  /** One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text */
  types: Array<FileType>;
  endings: Array<string>;
  url: string;
}

/** What an entry of a folder is. Whatever is neither, such as a symbolic link or a device, is not there. */
export type EntryKind = "directory" | "file";

/** What was done with a link. */
export type EventKind = "unlock" | "claim" | "validate" | "tilejson" | "tiles" | "preview" | "info" | "download" | "upload" | "denied";

/** What goes into the ZIP; without paths: all that the link shares. */
export interface FileArchive {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** At most 1,000 entries */
  paths?: Array<string>;
  /** Go on here with what broke off; give the ETag too, or parts may not fit. 0 to 1,152,921,504,606,846,976 */
  offset?: number;
  /** ETag of the version that is wanted; of another one: 412. At most 100 characters */
  etag?: string | null;
}

/** Which file. A link to a single file needs no path. */
export interface FileDownload {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** With slashes; empty for all that is shared. At most 1,024 characters */
  path?: string;
  /** Go on here with what broke off; give the ETag too, or parts may not fit. 0 to 1,152,921,504,606,846,976 */
  offset?: number;
  /** ETag of the version that is wanted; of another one: 412. At most 100 characters */
  etag?: string | null;
}

/** A small file in Base64; or the size of one that is sent in parts, and can be resumed. */
export interface FileDrop {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** Of the file, without a folder. 1 to 200 characters */
  name: string;
  /** Base64; what is larger than 250 kB is sent in parts */
  content?: string | null;
  /** Bytes of the whole file, to begin an upload in parts. 0 to 1,152,921,504,606,846,976 */
  size?: number | null;
}

/** The file has come, or where its parts are to be sent to. The same whatever lies there already. */
export interface FileDropped {
  name: string;
  size: number;
  upload_url: string | null;
  max_bytes: number;
}

/** A file or a folder. Size and ETag are a file's; some stores report no time of change. */
export interface FileEntry {
  name: string;
  path: string;
  /** One of directory, file */
  kind: EntryKind;
  size: number | null;
  modified: string | null;
  etag: string | null;
  media_type: string | null;
}

/** A folder of what the link shares. */
export interface FileList {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** With slashes; empty for all that is shared. At most 1,024 characters */
  path?: string;
  /** How many at most. 1 to 1,000 */
  limit?: number;
  /** `next_cursor` of the page before. At most 1,000 characters */
  cursor?: string | null;
}

/** Folders first, then by name. */
export interface FilePage {
  path: string;
  entries: Array<FileEntry>;
  can_upload: boolean;
  next_cursor: string | null;
}

/** A file or a folder. */
export interface FileStat {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** With slashes; empty for all that is shared. At most 1,024 characters */
  path?: string;
}

/** A kind of file. */
export type FileType = "tiff" | "jpeg" | "png" | "webp" | "jp2" | "pdf" | "zip" | "las" | "gpkg" | "pmtiles" | "geojson" | "csv" | "text";

/** A small file in Base64; without content: begin an upload that is sent in parts and can be resumed. */
export interface FileUpload {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** With slashes; folders are made. 1 to 1,024 characters */
  path: string;
  /** Base64; what is larger than 250 kB is sent in parts */
  content?: string | null;
  /** Whether a file of this name may be replaced; else: 412 */
  overwrite?: boolean;
}

/**
 * The file, or where its parts are to be sent to.
 *
 * Parts are sent as PATCH with `Upload-Offset`, `Upload-Complete: ?0` (`?1` with the last one) and the content type
 * application/partial-upload; HEAD returns the offset.
 */
export interface FileUploaded {
  file: FileEntry | null;
  created: boolean;
  upload_url: string | null;
  max_bytes: number;
}

/** What a row of an export is the total of, on one UTC day. */
export type Grouping = "link" | "project" | "organization";

/** Bins of equal width: one more edge than counts. */
export interface Histogram {
  counts: Array<number>;
  edges: Array<number>;
}

/** As whom a member signs in. */
export interface IdentityOutput {
  user_id: string;
  email: string;
  issuer: string;
  subject: string;
  by_admin: boolean;
  created_at: string;
}

/** Your organization's members who sign in with the provider, by address. */
export interface IdentityPage {
  identities: Array<IdentityOutput>;
}

/** Name a member by their e-mail address. */
export interface IdentityRef {
  /** At most 320 characters. ^[^@\s]+@[^@\s]+$ */
  email: string;
}

/** They are nobody to the provider any more, until they sign in with a confirmed address again. */
export interface IdentityRemoved {
  email: string;
  ok: boolean;
}

/** Name a member, and who they are to the provider. */
export interface IdentitySet {
  /** At most 320 characters. ^[^@\s]+@[^@\s]+$ */
  email: string;
  /** The claim `sub` that the provider gives them, letter for letter. 1 to 255 characters */
  subject: string;
}

/** Of a collection: what is of a time. */
export interface InTime {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
}

/**
 * Where the file is. A raster is read once: its profiles and warnings come back.
 *
 * A text or a map may be given as content instead of root and path.
 */
export interface ItemCreate {
  /** 1 to 64 characters */
  project_id: string;
  /** Name of a storage root; required without content. 1 to 100 characters */
  root?: string | null;
  /** Path inside the root of a file or a folder; empty: the whole root; required without content. At most 1,024 characters */
  path?: string | null;
  /** Of a text or a map that lies in no file */
  content?: TextContent | MapContent | null;
  /** Default: the file's name. At most 200 characters */
  name?: string | null;
  /** Markdown. At most 10,000 characters */
  description?: string;
  /** When that was which it shows: RFC 3339, or an interval a/b, a/.., ../b. At most 80 characters */
  datetime?: string | null;
  /** Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters */
  attribution?: string;
  /** An SPDX id, or a title and a url; null in an update takes it away */
  license?: License | null;
  /** Default: found out from the file. One of raster, file, text, image, map, directory, pmtiles, geojson */
  kind?: ItemKind | null;
  /** Instead of the default profiles. At most 50 entries */
  profiles?: Array<Profile>;
}

/** The item is gone from the catalogue; its file is untouched, its links answer 410. */
export interface ItemDeleted {
  id: string;
  ok: boolean;
}

/** An item with what it holds itself. */
export interface ItemDetail {
  id: string;
  project_id: string;
  /** One of raster, file, text, image, map, directory, pmtiles, geojson */
  kind: ItemKind;
  name: string;
  description: string;
  attribution: string;
  license: License | null;
  root: string;
  path: string;
  bounds: [number, number, number, number] | null;
  center: [number, number, number] | null;
  minzoom: number | null;
  maxzoom: number | null;
  crs: string | null;
  width: number | null;
  height: number | null;
  bands: Array<BandDescription>;
  /** One of mvt, png, jpg, webp, avif */
  tile_format: TileFormat | null;
  vector_layers: Array<VectorLayerOutput>;
  feature_count: number | null;
  datetime: string | null;
  profiles: Array<Profile>;
  warnings: Array<string>;
  quarantined: boolean;
  created_at: string;
  updated_at: string;
  /** Of a text or a map that lies in no file */
  content: TextContent | MapContent | null;
}

/** What an item is. */
export type ItemKind = "raster" | "file" | "text" | "image" | "map" | "directory" | "pmtiles" | "geojson";

/** Without a project: the items of all your projects. */
export interface ItemList {
  /** 1 to 64 characters */
  project_id?: string | null;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** An item. Bounds are degrees west, south, east, north (WGS 84). */
export interface ItemOutput {
  id: string;
  project_id: string;
  /** One of raster, file, text, image, map, directory, pmtiles, geojson */
  kind: ItemKind;
  name: string;
  description: string;
  attribution: string;
  license: License | null;
  root: string;
  path: string;
  bounds: [number, number, number, number] | null;
  center: [number, number, number] | null;
  minzoom: number | null;
  maxzoom: number | null;
  crs: string | null;
  width: number | null;
  height: number | null;
  bands: Array<BandDescription>;
  /** One of mvt, png, jpg, webp, avif */
  tile_format: TileFormat | null;
  vector_layers: Array<VectorLayerOutput>;
  feature_count: number | null;
  datetime: string | null;
  profiles: Array<Profile>;
  warnings: Array<string>;
  quarantined: boolean;
  created_at: string;
  updated_at: string;
}

/** Items, oldest first. */
export interface ItemPage {
  items: Array<ItemOutput>;
  next_cursor: string | null;
}

/** How large, and in which profile. */
export interface ItemPreview {
  /** 1 to 64 characters */
  item_id: string;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  /** In place of one of the item's: it is not stored */
  draft?: Profile | null;
  /** Pixels of the longer side. 16 to 512 */
  max_size?: number;
  /** Of the image. One of png, jpg, webp */
  format?: "png" | "jpg" | "webp";
}

/** These take the place of all it has; the first that says so is the default, else the first. */
export interface ItemProfilesSet {
  /** 1 to 64 characters */
  item_id: string;
  /** 1 to 50 entries */
  profiles: Array<Profile>;
}

/** Name an item. */
export interface ItemRef {
  /** 1 to 64 characters */
  item_id: string;
}

/**
 * Which tiles of a raster item are rendered ahead, and how. One seed of each profile, format and size is kept.
 *
 * With `dry_run` nothing is begun: the answer says what it would take.
 */
export interface ItemSeed {
  /** 1 to 64 characters */
  item_id: string;
  /** Default: the item's default one. At most 64 characters */
  profile?: string | null;
  /** One of png, jpg, webp */
  format?: "png" | "jpg" | "webp";
  /** 256 or 512 pixels. 256 to 512 */
  tilesize?: number;
  /** Default: the item's minzoom. 0 to 24 */
  minzoom?: number | null;
  /** Default: the item's maxzoom. 0 to 24 */
  maxzoom?: number | null;
  /** Default: all of the raster */
  bbox?: [number, number, number, number] | null;
  dry_run?: boolean;
}

/** Which one, as it was asked for. */
export interface ItemSeedsDelete {
  /** 1 to 64 characters */
  item_id: string;
  /** Default: the item's default one. At most 64 characters */
  profile?: string | null;
  /** One of png, jpg, webp */
  format?: "png" | "jpg" | "webp";
  /** 256 or 512 pixels. 256 to 512 */
  tilesize?: number;
}

/** Of which item. */
export interface ItemSeedsList {
  /** 1 to 64 characters */
  item_id: string;
}

/** Of which profile's values; without one, of all bands. */
export interface ItemStatistics {
  /** 1 to 64 characters */
  item_id: string;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  /** In place of one of the item's: it is not stored */
  draft?: Profile | null;
}

/** What is left out stays as it is. */
export interface ItemUpdate {
  /** 1 to 64 characters */
  item_id: string;
  /** At most 200 characters */
  name?: string | null;
  /** Markdown. At most 10,000 characters */
  description?: string | null;
  /** Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters */
  attribution?: string | null;
  /** An SPDX id, or a title and a url; null in an update takes it away */
  license?: License | null;
  /** Of a text or a map that was made with content */
  content?: TextContent | MapContent | null;
  /** Of what it shows; empty: of no known time. At most 80 characters */
  datetime?: string | null;
}

/** For whom the key is, and how long it opens. Without a lifetime and an end: as long as the link, or a year. */
export interface KeyCreate {
  /** 1 to 64 characters */
  link_id: string;
  /** Who or what it is for, e.g. a recipient or a QGIS desk. 1 to 200 characters */
  label: string;
  /** Seconds; the key ends with its link at last. 60 to 3,162,240,000 */
  lifetime?: number | null;
  /** Instead of lifetime; not after the link's own end */
  expires_at?: string | null;
  /** Web origins that may use the key, of those that the link allows. At most 50 entries */
  allowed_origins?: Array<string>;
}

/** A new key with its text, which is returned only this once. */
export interface KeyCreated {
  id: string;
  link_id: string;
  label: string;
  /** Whose confirmed address it was given to, by a code or a sign-in */
  recipient: string | null;
  /** One of active, expired, revoked, ended */
  status: KeyStatus;
  allowed_origins: Array<string>;
  created_by: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
  key: string;
  url: string;
  tilejson_url: string;
  embed_url: string | null;
  embed_html: string | null;
}

/** Name a link. */
export interface KeyList {
  /** 1 to 64 characters */
  link_id: string;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** A named key, without its text. */
export interface KeyOutput {
  id: string;
  link_id: string;
  label: string;
  /** Whose confirmed address it was given to, by a code or a sign-in */
  recipient: string | null;
  /** One of active, expired, revoked, ended */
  status: KeyStatus;
  allowed_origins: Array<string>;
  created_by: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
}

/** Keys, oldest first. */
export interface KeyPage {
  keys: Array<KeyOutput>;
  next_cursor: string | null;
}

/** Name a key by its id, which is no secret. */
export interface KeyRef {
  /** 1 to 64 characters */
  key_id: string;
}

/** When the key ended: nothing is served by it from then on, on any server. */
export interface KeyRevoked {
  id: string;
  ok: boolean;
  effective_at: string;
  already_revoked: boolean;
}

/** Whether a named key opens its link, and why not. */
export type KeyStatus = "active" | "expired" | "revoked" | "ended";

/** One colour and what it stands for. */
export interface LegendLine {
  label: string;
  color: string;
}

/**
 * What the colours of a profile mean.
 *
 * `ramp`: values from `low` to `high`, over `colors` of even distance. `classes`, `bands`: one colour for each entry.
 * `relief`: light and shade alone. `heights`: numbers packed into colours, nothing to be seen.
 */
export interface LegendOutput {
  /** One of ramp, classes, bands, relief, heights */
  kind: "ramp" | "classes" | "bands" | "relief" | "heights";
  title: string;
  unit: string;
  low: number | null;
  high: number | null;
  colors: Array<string>;
  entries: Array<LegendLine>;
}

/** Of which profile. */
export interface LegendRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  render?: Render | null;
}

/**
 * A licence: an SPDX identifier such as CC-BY-4.0, or a title with the address of its text.
 *
 * Raises ValueError for what is neither, or no plain text.
 */
export interface License {
  id?: string | null;
  title?: string | null;
  url?: string | null;
}

/** A limit on a class of calls, and what is left of it. */
export interface LimitOutput {
  limit: number;
  window_seconds: number;
  /** Null where each link and client is counted apart */
  remaining: number | null;
  /** After which the window ends; null as above */
  reset_seconds: number | null;
  counted: string;
}

/** What holds for you now. */
export interface Limits {
  caller: string;
  classes: Record<string, LimitOutput>;
  /** How large one call or its answer may be */
  caps: Record<string, number>;
}

/** `success`: all links were made; `mixed`: some; `aborted`: none. */
export interface LinkBatch {
  /** One of success, mixed, aborted */
  status: BatchStatus;
  dry_run: boolean;
  link_count: number;
  links: Array<BatchLink>;
  recipients: Array<BatchRecipient>;
  targets: Array<BatchTarget>;
}

/** Targets and recipients; all else is said once, for all links. What is wrong with one leaves the others alone. */
export interface LinkBatchCreate {
  /** One of drop, view, download, write */
  permission?: Permission;
  /** 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters */
  password?: string | null;
  /** RFC 3339, with a zone */
  expires_at?: string | null;
  /** Instead of expires_at. At most 878,400. Above 0 */
  expires_in_hours?: number | null;
  /** Default: the target's name. At most 200 characters */
  name?: string | null;
  /** Markdown. At most 10,000 characters */
  description?: string;
  /** Profiles that recipients may use; empty for all. At most 50 entries */
  profiles?: Array<string>;
  /** The link answers 410 before */
  starts_at?: string | null;
  /** How often the password may be given. 1 to 9,007,199,254,740,992 */
  max_views?: number | null;
  /** How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992 */
  max_renders?: number | null;
  /** How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992 */
  max_bytes?: number | null;
  /** Web origins that may use the link; empty for all. At most 50 entries */
  allowed_origins?: Array<string>;
  /** 0 to 30 */
  min_zoom?: number | null;
  /** 0 to 30 */
  max_zoom?: number | null;
  area?: Record<string, unknown> | null;
  /** A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters */
  watermark?: string | null;
  /** Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap */
  custom_render?: boolean;
  /** Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries */
  tile_matrix_sets?: Array<string> | null;
  /** Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either */
  open_with?: OpenWith;
  /** Send its maker an e-mail when it is opened, near a limit, and so on */
  notices?: boolean;
  /** Say its name to who has but the address: in social cards and oEmbed */
  public_name?: boolean;
  /** Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992 */
  drop_file_bytes?: number | null;
  /** Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992 */
  drop_total_bytes?: number | null;
  /** Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters */
  drop_types?: Array<FileType>;
  /** Send the recipients an e-mail with the address, without the password */
  notify?: boolean;
  /** Check everything, make nothing; say what the link could cost */
  dry_run?: boolean;
  /** Give each link a password of its own, which is in this answer and never again */
  generate_passwords?: boolean;
  /** 1 to 100 entries */
  targets: Array<TargetRefInput>;
  /** E-mail addresses; none: one link for nobody in particular. At most 1,000 entries */
  recipients?: Array<string>;
  /** Link_per_pair: a link for each recipient and target; bundle_per_recipient: one to all targets. One of link_per_pair, bundle_per_recipient */
  mode?: BatchMode;
  /** Make nothing where anything is wrong */
  stop_on_error?: boolean;
}

/** Which links: by their ids, or all that fit a target, a project and a recipient, as far as these are given. */
export interface LinkBatchRevoke {
  /** At most 1,000 entries */
  link_ids?: Array<string>;
  /** 1 to 64 characters */
  target_id?: string | null;
  /** 1 to 64 characters */
  project_id?: string | null;
  /** At most 320 characters */
  recipient?: string | null;
  /** At most 1,000 characters */
  reason?: string | null;
  /** Say which links would be revoked, revoke none */
  dry_run?: boolean;
}

/** A report for each link. `more`: there are others that fit; ask again. */
export interface LinkBatchRevoked {
  /** One of success, mixed, aborted */
  status: BatchStatus;
  dry_run: boolean;
  links: Array<BatchRevoked>;
  more: boolean;
}

/** The token of a link that is meant for you. */
export interface LinkClaim {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
}

/**
 * What is metered if somebody looks at all of a link once, in web mercator's 256-pixel tiles.
 *
 * A tile without data is not metered, and `max_renders` ends a link earlier; @2x tiles have four times the pixels.
 */
export interface LinkCost {
  tiles: number;
  pixels: number;
  /** Each zoom that the link's map shows */
  zooms: Array<ZoomCost>;
}

/** What is shared, the password, when it ends, and limits. A field that is not known is refused, never ignored. */
export interface LinkCreate {
  /** One of item, collection, file, directory */
  target_type: TargetType;
  /** 1 to 64 characters */
  target_id: string;
  /** What the link shares beside its target: a bundle. At most 100 entries */
  targets?: Array<TargetRefInput>;
  /** E-mail addresses of those whom the link is meant for. At most 1,000 characters */
  recipients?: Array<string>;
  /** One of drop, view, download, write */
  permission?: Permission;
  /** 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters */
  password: string | null;
  /** RFC 3339, with a zone */
  expires_at?: string | null;
  /** Instead of expires_at. At most 878,400. Above 0 */
  expires_in_hours?: number | null;
  /** Default: the target's name. At most 200 characters */
  name?: string | null;
  /** Markdown. At most 10,000 characters */
  description?: string;
  /** Profiles that recipients may use; empty for all. At most 50 entries */
  profiles?: Array<string>;
  /** The link answers 410 before */
  starts_at?: string | null;
  /** How often the password may be given. 1 to 9,007,199,254,740,992 */
  max_views?: number | null;
  /** How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992 */
  max_renders?: number | null;
  /** How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992 */
  max_bytes?: number | null;
  /** Web origins that may use the link; empty for all. At most 50 entries */
  allowed_origins?: Array<string>;
  /** 0 to 30 */
  min_zoom?: number | null;
  /** 0 to 30 */
  max_zoom?: number | null;
  area?: Record<string, unknown> | null;
  /** A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters */
  watermark?: string | null;
  /** Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap */
  custom_render?: boolean;
  /** Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries */
  tile_matrix_sets?: Array<string> | null;
  /** Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either */
  open_with?: OpenWith;
  /** Send its maker an e-mail when it is opened, near a limit, and so on */
  notices?: boolean;
  /** Say its name to who has but the address: in social cards and oEmbed */
  public_name?: boolean;
  /** Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992 */
  drop_file_bytes?: number | null;
  /** Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992 */
  drop_total_bytes?: number | null;
  /** Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters */
  drop_types?: Array<FileType>;
  /** Send the recipients an e-mail with the address, without the password */
  notify?: boolean;
  /** Check everything, make nothing; say what the link could cost */
  dry_run?: boolean;
}

/** A link with its limits and what was used of them. */
export interface LinkDetail {
  id: string;
  token: string;
  url: string;
  tilejson_url: string;
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
  /** One of drop, view, download, write */
  permission: Permission;
  organization_id: string;
  project_id: string;
  name: string;
  /** One of scheduled, active, suspended, expired, revoked */
  status: LinkStatus;
  expires_at: string | null;
  created_at: string;
  revoked_at: string | null;
  access_count: number;
  last_accessed_at: string | null;
  created_by: string;
  remaining_views: number | null;
  warnings: Array<string>;
  /** What looking at all of it could cost; of a dry run alone */
  cost?: LinkCost | null;
  description: string;
  has_password: boolean;
  profiles: Array<string>;
  starts_at: string | null;
  max_views: number | null;
  max_renders: number | null;
  max_bytes: number | null;
  allowed_origins: Array<string>;
  min_zoom: number | null;
  max_zoom: number | null;
  targets: Array<TargetRef>;
  area: Record<string, unknown> | null;
  watermark: string | null;
  custom_render: boolean;
  tile_matrix_sets: Array<string>;
  recipients: Array<string>;
  /** One of password, code, either */
  open_with: OpenWith;
  notices: boolean;
  public_name: boolean;
  drop_file_bytes: number | null;
  drop_total_bytes: number | null;
  /** One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text */
  drop_types: Array<FileType>;
  view_count: number;
  render_count: number;
  byte_count: number;
  revoke_reason: string | null;
}

/** Alike events within a minute. */
export interface LinkEvent {
  id: string;
  at: string;
  /** One of unlock, claim, validate, tilejson, tiles, preview, info, download, upload, denied */
  kind: EventKind;
  status: number;
  client: string;
  user_agent: string;
  key_id: string | null;
  key_label: string | null;
  count: number;
}

/** Events, newest first. What another worker saw may come some seconds late. */
export interface LinkEvents {
  events: Array<LinkEvent>;
  next_cursor: string | null;
}

/** Name a link. */
export interface LinkEventsRequest {
  /** 1 to 64 characters */
  link_id: string;
  /** One of unlock, claim, validate, tilejson, tiles, preview, info, download, upload, denied */
  kind?: EventKind | null;
  /** Only by this named key. 1 to 64 characters */
  key_id?: string | null;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** Without a project: among the links of all your projects. */
export interface LinkFind {
  /** Words that are all in the link's name or id, in the name of what it shares, or in the address of somebody whom it is meant for. At most 200 characters */
  query?: string;
  /** 1 to 64 characters */
  project_id?: string | null;
  /** One of scheduled, active, suspended, expired, revoked */
  status?: LinkStatus | null;
  /** One of created_at, name, expires_at, last_accessed_at, view_count, render_count, byte_count */
  sort?: LinkSort;
  descending?: boolean;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** A link with the name of what it points at. */
export interface LinkFound {
  id: string;
  token: string;
  url: string;
  tilejson_url: string;
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
  /** One of drop, view, download, write */
  permission: Permission;
  organization_id: string;
  project_id: string;
  name: string;
  /** One of scheduled, active, suspended, expired, revoked */
  status: LinkStatus;
  expires_at: string | null;
  created_at: string;
  revoked_at: string | null;
  access_count: number;
  last_accessed_at: string | null;
  created_by: string;
  remaining_views: number | null;
  warnings: Array<string>;
  /** What looking at all of it could cost; of a dry run alone */
  cost?: LinkCost | null;
  description: string;
  has_password: boolean;
  profiles: Array<string>;
  starts_at: string | null;
  max_views: number | null;
  max_renders: number | null;
  max_bytes: number | null;
  allowed_origins: Array<string>;
  min_zoom: number | null;
  max_zoom: number | null;
  targets: Array<TargetRef>;
  area: Record<string, unknown> | null;
  watermark: string | null;
  custom_render: boolean;
  tile_matrix_sets: Array<string>;
  recipients: Array<string>;
  /** One of password, code, either */
  open_with: OpenWith;
  notices: boolean;
  public_name: boolean;
  drop_file_bytes: number | null;
  drop_total_bytes: number | null;
  /** One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text */
  drop_types: Array<FileType>;
  view_count: number;
  render_count: number;
  byte_count: number;
  revoke_reason: string | null;
  target_name: string;
}

/** Without a target and a project: the links of all your projects. */
export interface LinkList {
  /** Links that share it, alone or in a bundle. 1 to 64 characters */
  target_id?: string | null;
  /** 1 to 64 characters */
  project_id?: string | null;
  /** Links that are meant for this address. At most 320 characters */
  recipient?: string | null;
  /** One of scheduled, active, suspended, expired, revoked */
  status?: LinkStatus | null;
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** What became of each recipient. `share.link.get` shows how far their letters are. */
export interface LinkNotified {
  link_id: string;
  recipients: Array<RecipientReport>;
}

/** To whom, and what to say beside the address. Never write the password into it. */
export interface LinkNotify {
  /** 1 to 64 characters */
  link_id: string;
  /** Default: those whom the link is meant for. At most 1,000 characters */
  recipients?: Array<string>;
  /** Plain text, shown as you wrote it. At most 2,000 characters */
  message?: string;
}

/** A link as its sharer sees it. */
export interface LinkOutput {
  id: string;
  token: string;
  url: string;
  tilejson_url: string;
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
  /** One of drop, view, download, write */
  permission: Permission;
  organization_id: string;
  project_id: string;
  name: string;
  /** One of scheduled, active, suspended, expired, revoked */
  status: LinkStatus;
  expires_at: string | null;
  created_at: string;
  revoked_at: string | null;
  access_count: number;
  last_accessed_at: string | null;
  created_by: string;
  remaining_views: number | null;
  warnings: Array<string>;
  /** What looking at all of it could cost; of a dry run alone */
  cost?: LinkCost | null;
}

/** A link with its limits, what was used of them, who took it, and its letters. */
export interface LinkOverview {
  id: string;
  token: string;
  url: string;
  tilejson_url: string;
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
  /** One of drop, view, download, write */
  permission: Permission;
  organization_id: string;
  project_id: string;
  name: string;
  /** One of scheduled, active, suspended, expired, revoked */
  status: LinkStatus;
  expires_at: string | null;
  created_at: string;
  revoked_at: string | null;
  access_count: number;
  last_accessed_at: string | null;
  created_by: string;
  remaining_views: number | null;
  warnings: Array<string>;
  /** What looking at all of it could cost; of a dry run alone */
  cost?: LinkCost | null;
  description: string;
  has_password: boolean;
  profiles: Array<string>;
  starts_at: string | null;
  max_views: number | null;
  max_renders: number | null;
  max_bytes: number | null;
  allowed_origins: Array<string>;
  min_zoom: number | null;
  max_zoom: number | null;
  targets: Array<TargetRef>;
  area: Record<string, unknown> | null;
  watermark: string | null;
  custom_render: boolean;
  tile_matrix_sets: Array<string>;
  recipients: Array<string>;
  /** One of password, code, either */
  open_with: OpenWith;
  notices: boolean;
  public_name: boolean;
  drop_file_bytes: number | null;
  drop_total_bytes: number | null;
  /** One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text */
  drop_types: Array<FileType>;
  view_count: number;
  render_count: number;
  byte_count: number;
  revoke_reason: string | null;
  claims: Array<ClaimOutput>;
  /** The last hundred, newest first */
  mails: Array<MailOutput>;
}

/** Links, oldest first. */
export interface LinkPage {
  links: Array<LinkDetail>;
  next_cursor: string | null;
}

/** Name a link. */
export interface LinkRef {
  /** 1 to 64 characters */
  link_id: string;
}

/** A reason is kept with the link. */
export interface LinkRevoke {
  /** 1 to 64 characters */
  link_id: string;
  /** At most 1,000 characters */
  reason?: string | null;
}

/** When the link ended: nothing is served by it from then on, on any server. */
export interface LinkRevoked {
  id: string;
  ok: boolean;
  effective_at: string;
  already_revoked: boolean;
}

/** What links are sorted by. */
export type LinkSort = "created_at" | "name" | "expires_at" | "last_accessed_at" | "view_count" | "render_count" | "byte_count";

/** What a link was used for: over its life, live, and on each of the last UTC days. */
export interface LinkStats {
  id: string;
  total: UsageTotals;
  last_used_at: string | null;
  remaining_views: number | null;
  days: Array<DayUsage>;
}

/** Name a link, and how many UTC days back. */
export interface LinkStatsRequest {
  /** 1 to 64 characters */
  link_id: string;
  /** UTC days, today the last. 1 to 400 */
  days?: number;
}

/** Where in its life a link is. */
export type LinkStatus = "scheduled" | "active" | "suspended" | "expired" | "revoked";

/** What is left out stays as it is; null takes a limit away. */
export interface LinkUpdate {
  /** 1 to 64 characters */
  link_id: string;
  /** One of drop, view, download, write */
  permission?: Permission;
  /** 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters */
  password?: string | null;
  /** RFC 3339, with a zone */
  expires_at?: string | null;
  /** Instead of expires_at. At most 878,400. Above 0 */
  expires_in_hours?: number | null;
  /** At most 200 characters */
  name?: string;
  /** Markdown. At most 10,000 characters */
  description?: string;
  /** Profiles that recipients may use; empty for all. At most 50 entries */
  profiles?: Array<string>;
  /** The link answers 410 before */
  starts_at?: string | null;
  /** How often the password may be given. 1 to 9,007,199,254,740,992 */
  max_views?: number | null;
  /** How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992 */
  max_renders?: number | null;
  /** How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992 */
  max_bytes?: number | null;
  /** Web origins that may use the link; empty for all. At most 50 entries */
  allowed_origins?: Array<string>;
  /** 0 to 30 */
  min_zoom?: number | null;
  /** 0 to 30 */
  max_zoom?: number | null;
  area?: Record<string, unknown> | null;
  /** A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters */
  watermark?: string | null;
  /** Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap */
  custom_render?: boolean;
  /** Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries */
  tile_matrix_sets?: Array<string> | null;
  /** Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either */
  open_with?: OpenWith;
  /** Send its maker an e-mail when it is opened, near a limit, and so on */
  notices?: boolean;
  /** Say its name to who has but the address: in social cards and oEmbed */
  public_name?: boolean;
  /** Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992 */
  drop_file_bytes?: number | null;
  /** Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992 */
  drop_total_bytes?: number | null;
  /** Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters */
  drop_types?: Array<FileType>;
  /** What the link shares beside its target: a bundle. At most 100 entries */
  targets?: Array<TargetRefInput>;
  /** E-mail addresses of those whom the link is meant for. At most 1,000 characters */
  recipients?: Array<string>;
}

/** The totals of a link in the month that was asked for. */
export interface LinkUsageInMonth {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
  link_id: string;
  name: string | null;
}

/** A link's token, and its password unless a header carries it or a key. */
export interface LinkValidate {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
}

/** What a recipient gets for the password: the target, and a key that tile URLs carry in its place. */
export interface LinkValidated {
  /** One of drop, view, download, write */
  permission: Permission;
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target: Target;
  /** All that is shared, the target first */
  targets: Array<SharedTarget>;
  name: string;
  description: string;
  expires_at: string | null;
  bounds: [number, number, number, number] | null;
  profiles: Array<Profile>;
  tile_matrix_sets: Array<string>;
  view_count: number;
  remaining_views: number | null;
  key: string;
  key_expires_at: string;
  urls: Record<string, string>;
  /** What a link takes that shows nothing */
  drop?: DropLimits | null;
}

/** Links, sorted. */
export interface LinksFound {
  links: Array<LinkFound>;
  total: number;
  next_cursor: string | null;
}

/** What a letter is about. */
export type MailKind = "shared" | "access_requested" | "access_granted" | "access_denied" | "code" | "notice" | "webhook_disabled";

/** A letter about a link, and how far it is. */
export interface MailOutput {
  id: string;
  /** One of shared, access_requested, access_granted, access_denied, code, notice, webhook_disabled */
  kind: MailKind;
  recipient: string;
  /** One of queued, sent, failed */
  status: MailStatus;
  created_at: string;
  /** When the mail server took it; whether it arrives is not known here */
  sent_at: string | null;
  attempts: number;
  next_attempt_at: string | null;
  /** What went wrong the last time */
  error: string | null;
}

/** How far a letter is. */
export type MailStatus = "queued" | "sent" | "failed";

/** A saved view. Without a camera it shows all of its layers. */
export interface MapContent {
  /** The first one on top. 1 to 50 entries */
  layers: Array<MapLayer>;
  camera?: Camera | null;
  /** Lines of longitude and latitude, or nothing: no other server. One of graticule, none */
  basemap?: "graticule" | "none";
  annotations?: Record<string, unknown> | null;
}

/** A raster or a collection of the same project. */
export interface MapLayer {
  /** 1 to 64 characters */
  item_id?: string | null;
  /** 1 to 64 characters */
  collection_id?: string | null;
  /** Default: that of the item or collection. At most 200 characters */
  name?: string | null;
  /** The one that recipients see; default: they choose among those of the item. 1 to 64 characters */
  profile?: string | null;
  /** 0 to 1 */
  opacity?: number;
  /** Whether it is shown at first */
  visible?: boolean;
}

/** A member of a project. */
export interface MemberOutput {
  user_id: string;
  email: string;
  /** One of viewer, editor, admin */
  role: Role;
}

/** The members of a project, by address. */
export interface MemberPage {
  members: Array<MemberOutput>;
}

/** Name a member by their e-mail address. */
export interface MemberRemove {
  /** 1 to 64 characters */
  project_id: string;
  /** At most 320 characters. ^[^@\s]+@[^@\s]+$ */
  email: string;
}

/** They have no role on the project any more; without any in the organization, their API keys have ended too. */
export interface MemberRemoved {
  email: string;
  ok: boolean;
}

/** Somebody new is added by their e-mail address. */
export interface MemberSet {
  /** 1 to 64 characters */
  project_id: string;
  /** At most 320 characters. ^[^@\s]+@[^@\s]+$ */
  email: string;
  /** One of viewer, editor, admin */
  role: Role;
}

/** An organization on whose projects you have a role. */
export interface MembershipOutput {
  organization_id: string;
  name: string;
  /** One of active, suspended */
  status: OrganizationStatus;
  /** One of viewer, editor, admin */
  role: Role;
  current: boolean;
}

/** The organizations that you belong to, the one of your oldest project first. */
export interface MembershipPage {
  organizations: Array<MembershipOutput>;
}

/** The totals of a month of UTC days. */
export interface MonthUsage {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
  month: string;
}

/** No fields: send {}. */
export interface Nothing {
}

/** A link's own setting, `notices`, holds beside it: both must be on. */
export interface NoticeSet {
  /** Send me an e-mail when my links are opened, near a limit, and so on */
  letters: boolean;
}

/** What you get; of webhooks it says nothing. */
export interface NoticeSettings {
  /** E-mail when your links are opened, near a limit, and so on */
  letters: boolean;
  /** Where it is sent; null: your address can get none */
  address: string | null;
}

/** What can happen. */
export type NoticeType = "link.opened" | "link.claimed" | "link.expiring" | "file.uploaded" | "access.requested" | "cap.near" | "cap.reached" | "budget.near" | "budget.reached" | "password.guessing";

/** What opens a link, beside its keys and the sign-in of those whom it is meant for. */
export type OpenWith = "password" | "code" | "either";

/** A link's token, and the password or a key. */
export interface Opened {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
}

/** Who pays, and who administers it. */
export interface OrganizationCreate {
  /** 1 to 200 characters */
  name: string;
  /** At most 320 characters. ^[^@\s]+@[^@\s]+$ */
  admin_email: string;
  /** At most 200 characters */
  admin_name?: string;
  /** Of the project that it begins with. 1 to 200 characters */
  project_name?: string;
  /** What its links may be; its admins may be stricter */
  ceiling?: PolicyFields;
  /** How long the admin's first API key lives; 0: none is made, as people sign in. 0 to 8,784 */
  first_key_hours?: number;
}

/** A new organization, its project and its admin. */
export interface OrganizationCreated {
  id: string;
  name: string;
  /** One of active, suspended */
  status: OrganizationStatus;
  created_at: string;
  suspended_at: string | null;
  suspend_reason: string | null;
  ceiling: PolicyFields;
  project_id: string;
  admin_id: string;
  admin_email: string;
  api_key: string | null;
  api_key_id: string | null;
  api_key_expires_at: string | null;
}

/** All organizations of the installation. */
export interface OrganizationList {
  /** How many at most. 1 to 200 */
  limit?: number;
  /** `next_cursor` of the page before. At most 300 characters */
  cursor?: string | null;
}

/** An organization, and nothing of what it has. */
export interface OrganizationOutput {
  id: string;
  name: string;
  /** One of active, suspended */
  status: OrganizationStatus;
  created_at: string;
  suspended_at: string | null;
  suspend_reason: string | null;
  ceiling: PolicyFields;
}

/** Organizations, oldest first. */
export interface OrganizationPage {
  organizations: Array<OrganizationOutput>;
  next_cursor: string | null;
}

/** Name an organization. */
export interface OrganizationRef {
  /** 1 to 64 characters */
  organization_id: string;
}

/** Whether an organization's links are open. */
export type OrganizationStatus = "active" | "suspended";

/** Name an organization, and say why. */
export interface OrganizationSuspend {
  /** 1 to 64 characters */
  organization_id: string;
  /** For operators; recipients are not told. At most 1,000 characters */
  reason?: string | null;
}

/** What is left out stays as it is. */
export interface OrganizationUpdate {
  /** 1 to 64 characters */
  organization_id: string;
  /** 1 to 200 characters */
  name?: string | null;
  /** Takes the place of the one before: what its links may be */
  ceiling?: PolicyFields | null;
}

/** How it went for one of them. */
export type Outcome = "success" | "error";

/** What a recipient may do. From view on each one includes the one before it; drop is apart: in and out of sight. */
export type Permission = "drop" | "view" | "download" | "write";

/** Which pixel a mosaic shows where several rasters lie: rio-tiler's methods, by its names. */
export type PixelSelection = "first" | "highest" | "lowest" | "mean" | "median" | "stdev" | "count" | "lastbandlow" | "lastbandhigh";

/** The values of the pixel that a place lies in, at full resolution. */
export interface PointOutput {
  lon: number;
  lat: number;
  /** Null where no raster lies there */
  values: Array<PointValue> | null;
}

/**
 * A place: degrees of longitude and latitude, or coordinates x and y of another system.
 *
 * Without a profile: the values of all bands that the link shares.
 */
export interface PointRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  render?: Render | null;
  lon: number;
  lat: number;
  /** An EPSG code, of what is given as coordinates. ^EPSG:[1-9][0-9]{3,5}$ */
  crs?: string;
}

/** A value; null where there is no data. */
export interface PointValue {
  name: string;
  band: number | null;
  description: string;
  unit: string;
  value: number | null;
  label?: string | null;
}

/** Limits for links. What is left out limits nothing. */
export interface PolicyFields {
  /** From now until a link expires, at most; links without an expiry are refused then. At most 878,400. Above 0 */
  max_lifetime_hours?: number | null;
  /** Characters of a new password, at least. 8 to 64 */
  min_password_length?: number | null;
  /** Whether links may have no password, where the service allows it */
  allow_passwordless?: boolean;
  /** What links may allow; null for all. One of drop, view, download, write. At least 1 entries */
  permissions?: Array<Permission> | null;
  /** Drawn by links with permission view that name none. 1 to 200 characters */
  watermark?: string | null;
  /** Links allow no other web origins, and these where they name none; empty for all. At most 50 entries */
  allowed_origins?: Array<string>;
}

/** What links of your organization have to keep: both. */
export interface PolicyOutput {
  organization_id: string;
  ceiling: PolicyFields;
  policy: PolicyFields;
}

/** It takes the place of what your organization's admins said before; the operator's ceiling stays. */
export interface PolicySet {
  /** From now until a link expires, at most; links without an expiry are refused then. At most 878,400. Above 0 */
  max_lifetime_hours?: number | null;
  /** Characters of a new password, at least. 8 to 64 */
  min_password_length?: number | null;
  /** Whether links may have no password, where the service allows it */
  allow_passwordless?: boolean;
  /** What links may allow; null for all. One of drop, view, download, write. At least 1 entries */
  permissions?: Array<Permission> | null;
  /** Drawn by links with permission view that name none. 1 to 200 characters */
  watermark?: string | null;
  /** Links allow no other web origins, and these where they name none; empty for all. At most 50 entries */
  allowed_origins?: Array<string>;
}

/** How large, in which profile and format. */
export interface PreviewRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
  /** Of the image: png, jpg or webp. At most 10 characters */
  format?: string;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  /** Pixels of the longer side */
  max_size?: number;
  render?: Render | null;
}

/** A named way to render a raster. Raises ProfileInvalid, naming the field at fault. */
export interface Profile {
  id: string;
  label: string;
  /** One of rgb, index, elevation, raw, terrain */
  kind: ProfileKind;
  bands?: Array<number>;
  expression?: string | null;
  rescale?: Array<[number, number]>;
  colormap?: string | null;
  /** One of hillshade, terrainrgb, terrarium */
  algorithm?: "hillshade" | "terrainrgb" | "terrarium" | null;
  /** One of nearest, bilinear, cubic, cubic_spline, lanczos, average, mode */
  resampling?: "nearest" | "bilinear" | "cubic" | "cubic_spline" | "lanczos" | "average" | "mode";
  nodata?: number | null;
  labels?: Record<string, string>;
  is_default?: boolean;
}

/** What a profile shows. */
export type ProfileKind = "rgb" | "index" | "elevation" | "raw" | "terrain";

/** The ways in which a link's raster can be rendered. */
export interface ProfileList {
  profiles: Array<Profile>;
}

/** You become its admin. */
export interface ProjectCreate {
  /** 1 to 200 characters */
  name: string;
}

/** A project. */
export interface ProjectOutput {
  id: string;
  organization_id: string;
  name: string;
}

/** The projects that you are a member of, oldest first. */
export interface ProjectPage {
  projects: Array<ProjectOutput>;
}

/** Name a project. */
export interface ProjectRef {
  /** 1 to 64 characters */
  project_id: string;
}

/** What became of one recipient. */
export interface RecipientReport {
  email: string;
  /** One of queued, already_queued */
  status: ReportStatus;
  mail_id: string;
}

/**
 * Instead of what the profile says; what is left out stays as it is. Only links with `custom_render` allow it.
 *
 * `bands` or `expression` begin anew, without the profile's range, colours and algorithm.
 */
export interface Render {
  /** One band or three, from 1. At most 3 entries */
  bands?: Array<number> | null;
  /** Band maths: (b4-b3)/(b4+b3). At most 256 characters */
  expression?: string | null;
  /** A range (min, max) for all bands, or one each. At most 3 entries */
  rescale?: Array<[number, number]> | null;
  /** A name, or an object of colours by index: {"0": "#000000", "255": [255, 255, 255, 255]}. At most 8,192 characters */
  colormap?: string | null;
  /** One of hillshade, terrainrgb, terrarium */
  algorithm?: "hillshade" | "terrainrgb" | "terrarium" | null;
  /** One of nearest, bilinear, cubic, cubic_spline, lanczos, average, mode */
  resampling?: "nearest" | "bilinear" | "cubic" | "cubic_spline" | "lanczos" | "average" | "mode" | null;
  /** A number, or the text NaN */
  nodata?: number | null;
}

/** What became of one recipient. */
export type ReportStatus = "queued" | "already_queued";

/** A member's role on a project; each one can do what the one before it can. */
export type Role = "viewer" | "editor" | "admin";

/** A folder of a storage root whose files a project may register. */
export interface RootFolder {
  project_id: string;
  project_name: string;
  root: string;
  prefix: string;
}

/** All that was granted to the projects or their organization. */
export interface RootFolderPage {
  folders: Array<RootFolder>;
}

/** Without a project: those of all your projects. */
export interface RootFolders {
  /** 1 to 64 characters */
  project_id?: string | null;
}

/** Name the organization or the project that may register the files of a folder. */
export interface RootGrantCreate {
  /** Name of a storage root; * for all, also those that are configured later. 1 to 100 characters */
  root: string;
  /** A folder below the root: "a/b" holds a/b and what lies in it; empty: the root. At most 1,024 characters */
  prefix?: string;
  /** All its projects, also later ones. 1 to 64 characters */
  organization_id?: string | null;
  /** In place of organization_id: this project alone. 1 to 64 characters */
  project_id?: string | null;
}

/** The right to register what lies in a folder of a storage root. */
export interface RootGrantOutput {
  id: string;
  root: string;
  prefix: string;
  organization_id: string;
  project_id: string | null;
  created_at: string;
}

/** Grants, oldest first. */
export interface RootGrantPage {
  grants: Array<RootGrantOutput>;
  /** Names of the storage roots that are configured; for the operator only */
  roots: Array<string>;
}

/** Name a grant. */
export interface RootGrantRevoke {
  /** 1 to 64 characters */
  grant_id: string;
  /** Also where items need it: they are deleted, and their links answer 410 */
  force?: boolean;
}

/** The grant has ended. */
export interface RootGrantRevoked {
  id: string;
  ok: boolean;
  deleted_items: number;
}

/** Where the file goes: to a path that the project may register. It must be a new one. */
export interface RootUpload {
  /** 1 to 64 characters */
  project_id: string;
  /** 1 to 100 characters */
  root: string;
  /** With slashes; folders are made. 1 to 1,024 characters */
  path: string;
}

/**
 * Where its parts are sent to.
 *
 * Parts are sent as PATCH with `Upload-Offset`, `Upload-Complete: ?0` (`?1` with the last one) and the content type
 * application/partial-upload; HEAD returns the offset. After the last one `item.create` registers the file.
 */
export interface RootUploadBegun {
  upload_url: string;
  max_bytes: number;
}

/** What a key may do. `admin` holds all the others but `operator`. */
export type Scope = "shares:read" | "shares:write" | "items:read" | "items:write" | "usage:read" | "admin" | "operator";

/** The seed is gone, and its tiles are rendered again when somebody asks. */
export interface SeedDeleted {
  item_id: string;
  ok: boolean;
}

/** A seed, and how far it is. */
export interface SeedOutput {
  item_id: string;
  profile: string;
  format: string;
  tilesize: number;
  minzoom: number;
  maxzoom: number;
  bbox: [number, number, number, number];
  /** One of waiting, running, done, failed, outdated */
  state: SeedState | null;
  tiles: number;
  done: number;
  failed: number;
  bytes: number;
  detail: string;
  estimated_bytes: number | null;
  estimated_minutes: number | null;
}

/** All seeds of an item on the machine that answers. */
export interface SeedPage {
  seeds: Array<SeedOutput>;
}

/** How it stands. */
export type SeedState = "waiting" | "running" | "done" | "failed" | "outdated";

/** One of text, image and map, by kind. */
export interface SharedContent {
  /** One of raster, file, text, image, map, directory, pmtiles, geojson */
  kind: ItemKind;
  name: string;
  description: string;
  text?: SharedText | null;
  image?: SharedImage | null;
  map?: SharedMap | null;
}

/** A picture; `url` loads it, at most 4096 pixels on the longer side, without the file's metadata. */
export interface SharedImage {
  url: string;
  width: number;
  height: number;
  media_type: string;
  is_animated: boolean;
}

/** A layer of a shared map. Bounds are degrees west, south, east, north (WGS 84). */
export interface SharedLayer {
  id: string;
  /** One of item, collection */
  type: "item" | "collection";
  name: string;
  opacity: number;
  visible: boolean;
  profile: string;
  profiles: Array<Profile>;
  bounds: [number, number, number, number];
  minzoom: number;
  maxzoom: number;
  tiles: string;
  tilejson: string;
}

/** A saved view, with what is still there of its layers, the first one on top. */
export interface SharedMap {
  bounds: [number, number, number, number] | null;
  camera: Camera | null;
  basemap: string;
  layers: Array<SharedLayer>;
  annotations: Record<string, unknown> | null;
}

/** One of the things that a link shares: `item` picks it by its id. */
export interface SharedTarget {
  name: string;
  description: string;
  kind: string;
  minzoom: number | null;
  maxzoom: number | null;
  center: [number, number, number] | null;
  id: string;
  /** One of item, collection, file, directory */
  type: TargetType;
  bounds: [number, number, number, number] | null;
  profiles: Array<Profile>;
  urls: Record<string, string>;
}

/** A text as it was written, and as HTML that is safe to insert: without scripts, styles, pictures. */
export interface SharedText {
  markdown: string;
  html: string;
}

/** Of some million pixels at most: what has more is looked at in an overview, and the answer says so. */
export interface StatisticsOutput {
  bands: Array<BandStatistics>;
  width: number;
  height: number;
  approximate: boolean;
  completeness: number;
}

/** Of which profile's values, and where. Without a profile: of all bands that the link shares. */
export interface StatisticsRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  render?: Render | null;
  /** West, south, east, north; in degrees, a west greater than its east crosses 180° */
  bbox?: [number, number, number, number] | null;
  geometry?: Record<string, unknown> | null;
  /** An EPSG code, of the bbox. ^EPSG:[1-9][0-9]{3,5}$ */
  crs?: string;
  /** Count the pixels of each value as well: the 256 most frequent */
  categorical?: boolean;
}

/** What a link shares, as a recipient sees it. */
export interface Target {
  name: string;
  description: string;
  kind: string;
  minzoom: number | null;
  maxzoom: number | null;
  center: [number, number, number] | null;
}

/** One thing that a link points at. */
export interface TargetRefInput {
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
}

/** One thing that a link points at. */
export interface TargetRef {
  /** One of item, collection, file, directory */
  target_type: TargetType;
  target_id: string;
}

/** What a link can point at. */
export type TargetType = "item" | "collection" | "file" | "directory";

/** A text that lies in no file. */
export interface TextContent {
  /** At least 1 characters */
  markdown: string;
}

/** The value is the file extension in tile URLs. */
export type TileFormat = "mvt" | "png" | "jpg" | "webp" | "avif";

/**
 * What a shared raster is, or a collection. Bounds are degrees west, south, east, north (WGS 84).
 *
 * A collection has neither bands nor a size nor a coordinate system of its own; a raster has no items. Of a link that
 * shares an area, all of it is about that area alone; the size, which is of the whole raster, is left out.
 */
export interface TileInfo {
  name: string;
  description: string;
  attribution?: string;
  license?: License | null;
  kind: string;
  bounds: [number, number, number, number];
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  crs?: string | null;
  width?: number | null;
  height?: number | null;
  bands?: Array<BandDescription>;
  profiles: Array<Profile>;
  /** Of a PMTiles archive: what its tiles are. One of mvt, png, jpg, webp, avif */
  tile_format?: TileFormat | null;
  /** Of an archive of vector tiles */
  vector_layers?: Array<VectorLayerOutput>;
  /** Of GeoJSON */
  feature_count?: number | null;
  item_count?: number | null;
  /** The first thousand, the first on top */
  items?: Array<CollectionItem>;
}

/** A TileJSON 3.0.0 document, whose tile URLs carry a key: a map needs nothing else. */
export interface TileJSON {
  tilejson: string;
  tiles: Array<string>;
  bounds: [number, number, number, number];
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  [name: string]: unknown;
}

/** In which profile and format. */
export interface TileJSONRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  /** Of the image: png, jpg or webp. At most 10 characters */
  format?: string;
  /** 256 or 512 pixels */
  tilesize?: number;
  render?: Render | null;
}

/** A tile by XYZ, y counted from the north; in another grid, from its corner of origin. */
export interface TileRequest {
  /** The link's token: the last part of its address. At most 200 characters */
  token: string;
  /** At most 1,000 characters */
  password?: string | null;
  /** What the password was changed for. At most 200 characters */
  key?: string | null;
  /** One thing of a bundle or a collection; default: the target. 1 to 64 characters */
  item?: string | null;
  /** Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b */
  datetime?: string | null;
  z: number;
  x: number;
  y: number;
  /** A grid that the link offers; default: WebMercatorQuad. At most 64 characters */
  tile_matrix_set?: string | null;
  /** Of the image: png, jpg or webp. At most 10 characters */
  format?: string;
  /** Default: the item's default profile. At most 64 characters */
  profile?: string | null;
  /** 256 or 512 pixels; of another grid, 512 doubles its own tile size */
  tilesize?: number;
  render?: Render | null;
}

/** Name an organization. */
export interface UsageCurrent {
  /** Yours; for operators any one, or * for all. 1 to 64 characters */
  organization_id: string;
}

/** The rows that changed since the mark, in the order of their changes. */
export interface UsageExportOutput {
  organization_id: string;
  /** One of link, project, organization */
  by: Grouping;
  rows: Array<UsageExportRow>;
  high_water_mark: string;
  more: boolean;
  settled_at: string | null;
  complete_through: string | null;
}

/** Name an organization, and the mark of the last export. A mark of all organizations goes with all of them. */
export interface UsageExportRequest {
  /** Yours; for operators any one, or * for all. 1 to 64 characters */
  organization_id: string;
  /** `high_water_mark` of the export before; none: from the start. At most 300 characters */
  since?: string | null;
  /** What a row is the total of, on each UTC day. One of link, project, organization */
  by?: Grouping;
  /** Only UTC days from this one on */
  first_day?: string | null;
  /** Only UTC days up to this one */
  last_day?: string | null;
  /** How many rows at most. 1 to 10,000 */
  limit?: number;
  /** Csv: a table with a header line. One of json, csv */
  format?: "json" | "csv";
}

/** All that was counted on a UTC day: a total, which replaces the one that was exported before. */
export interface UsageExportRow {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
  day: string;
  organization_id: string;
  project_id: string | null;
  link_id: string | null;
  last_used_at: string | null;
}

/** This UTC month so far, and what it will come to at the rate of the last days. */
export interface UsageForecast {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
  organization_id: string;
  period: string;
  forecast: UsageTotals;
  from_day: string;
  budget: Array<BudgetOutlook>;
}

/** Name an organization and UTC days, both included. */
export interface UsageHistory {
  /** Yours; for operators any one, or * for all. 1 to 64 characters */
  organization_id: string;
  /** Default: the first day of this month */
  first_day?: string | null;
  /** Default: today */
  last_day?: string | null;
  /** Only this link. 1 to 64 characters */
  link_id?: string | null;
}

/** The rows of each day and link, and their sum. */
export interface UsageHistoryOutput {
  organization_id: string;
  first_day: string;
  last_day: string;
  total: UsageTotals;
  rows: Array<UsageRow>;
}

/** This UTC month so far, live. */
export interface UsageOutput {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
  organization_id: string;
  period: string;
}

/** What one link was used for on one UTC day; of all organizations, what all links were used for. */
export interface UsageRow {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
  day: string;
  link_id: string | null;
}

/** Sums, up to now. */
export interface UsageSummary {
  organization_id: string;
  months: Array<MonthUsage>;
  month: string;
  links: Array<LinkUsageInMonth>;
  more: boolean;
}

/** Name an organization, and a month. */
export interface UsageSummaryRequest {
  /** Yours; for operators any one. 1 to 64 characters */
  organization_id: string;
  /** Whose links: 2026-11. Default: this UTC month. ^2[0-9]{3}-(0[1-9]|1[0-2])$ */
  month?: string | null;
  /** Links at most. 1 to 200 */
  limit?: number;
}

/** Counters of everything that is metered. */
export interface UsageTotals {
  renders: number;
  cached: number;
  bytes: number;
  downloads: number;
  views: number;
  pixels: number;
  queries: number;
}

/** A layer of vector tiles. */
export interface VectorLayerOutput {
  id: string;
  description: string;
  minzoom: number;
  maxzoom: number;
  fields: Record<string, string>;
}

/** Where things that happen are sent. */
export interface WebhookCreate {
  /** Https://… of a server with a public address. At most 2,000 characters */
  url: string;
  /** At most 200 characters */
  description?: string;
  /** What it is sent; empty for all. One of link.opened, link.claimed, link.expiring, file.uploaded, access.requested, cap.near, cap.reached, budget.near, budget.reached, password.guessing. At most 50 characters */
  events?: Array<NoticeType>;
}

/** The webhook, and its secret. */
export interface WebhookCreated {
  id: string;
  url: string;
  description: string;
  events: Array<string>;
  enabled: boolean;
  created_by: string;
  created_at: string;
  updated_at: string;
  failing_since: string | null;
  disabled_at: string | null;
  disabled_reason: string | null;
  /** Whsec_…, to verify what is sent (Standard Webhooks); shown this once */
  secret: string;
}

/** Nothing is sent to it any more. */
export interface WebhookDeleted {
  id: string;
  ok: boolean;
}

/** A webhook, without its secret. */
export interface WebhookOutput {
  id: string;
  url: string;
  description: string;
  events: Array<string>;
  enabled: boolean;
  created_by: string;
  created_at: string;
  updated_at: string;
  failing_since: string | null;
  disabled_at: string | null;
  disabled_reason: string | null;
}

/** Webhooks, oldest first. */
export interface WebhookPage {
  webhooks: Array<WebhookOutput>;
}

/** Name a webhook. */
export interface WebhookRef {
  /** 1 to 64 characters */
  webhook_id: string;
}

/** What the server said to an event of the type webhook.test. */
export interface WebhookTested {
  /** What `webhook-id` said */
  id: string;
  delivered: boolean;
  response_status: number | null;
  error: string | null;
}

/** What is left out stays as it is. */
export interface WebhookUpdate {
  /** 1 to 64 characters */
  webhook_id: string;
  /** Https://… of a server with a public address. At most 2,000 characters */
  url?: string;
  /** At most 200 characters */
  description?: string;
  /** What it is sent; empty for all. One of link.opened, link.claimed, link.expiring, file.uploaded, access.requested, cap.near, cap.reached, budget.near, budget.reached, password.guessing. At most 50 characters */
  events?: Array<NoticeType>;
  /** False: nothing is sent, and what waits is given up */
  enabled?: boolean;
}

/** The tiles of one zoom, and their pixels. */
export interface ZoomCost {
  zoom: number;
  tiles: number;
  pixels: number;
}
