// Written by `python -m clients.generate`: change the service instead.

import type { CallOptions } from "./client.js";
import type * as types from "./types.js";

export declare const OPERATIONS: Record<string, { again: boolean; keyed: boolean; rows: string | null }>;

/** All operations. */
export interface Operations {
  share: {
    link: {
      /**
       * Make a password-protected, expiring link.
       *
       * A refused field, the password among them, leaves no link behind.
       *
       * What is shared, the password, when it ends, and limits. A field that is not known is refused, never ignored.
       */
      create(request: types.LinkCreate, options?: CallOptions): Promise<types.LinkOutput>;
      /**
       * Return a link with its limits and usage, who took it, and its letters.
       *
       * Name a link.
       */
      get(request: types.LinkRef, options?: CallOptions): Promise<types.LinkOverview>;
      /**
       * List links by target, project or status.
       *
       * A status is looked for row by row, over at most some thousand rows a page.
       *
       * Without a target and a project: the links of all your projects.
       */
      list(request?: types.LinkList, options?: CallOptions): Promise<types.LinkPage>;
      /** List links by target, project or status: the rows of all pages, asked for as they are needed. */
      list_all(request?: types.LinkList, options?: CallOptions): AsyncGenerator<types.LinkDetail, void, undefined>;
      /**
       * Find links by words and status, sorted by a date, their name, or what was used of them.
       *
       * Sorted by use, the newest 20,000 are looked at.
       *
       * Without a project: among the links of all your projects.
       */
      find(request?: types.LinkFind, options?: CallOptions): Promise<types.LinksFound>;
      /** Find links by words and status, sorted by a date, their name, or what was used of them: the rows of all pages, asked for as they are needed. */
      find_all(request?: types.LinkFind, options?: CallOptions): AsyncGenerator<types.LinkFound, void, undefined>;
      /**
       * Change a link; narrowing it or a new password ends its keys.
       *
       * What is left out stays as it is; null takes a limit away.
       */
      update(request: types.LinkUpdate, options?: CallOptions): Promise<types.LinkDetail>;
      /**
       * Suspend a link; it answers 410 until it is resumed.
       *
       * Keys and passwords stay as they are and work again then: rotate the link, or change its password, to end them.
       *
       * Name a link.
       */
      suspend(request: types.LinkRef, options?: CallOptions): Promise<types.LinkDetail>;
      /**
       * Open a suspended link again; its keys work again.
       *
       * Name a link.
       */
      resume(request: types.LinkRef, options?: CallOptions): Promise<types.LinkDetail>;
      /**
       * Give a link a new token.
       *
       * The old address is unknown from then on, and all keys end. The password, the limits and the usage stay. A link that
       * the organization's share policy does not allow any more is refused.
       *
       * Name a link.
       */
      rotate(request: types.LinkRef, options?: CallOptions): Promise<types.LinkDetail>;
      /**
       * End a link for good.
       *
       * Saying it again spreads it again and changes nothing.
       *
       * A reason is kept with the link.
       */
      revoke(request: types.LinkRevoke, options?: CallOptions): Promise<types.LinkRevoked>;
      /**
       * Make links for several recipients to several targets.
       *
       * It counts against the rate for as many calls as it makes links. Terms that no link can have, such as an expiry that
       * is past, refuse it as a whole; then, as where `stop_on_error` finds anything, no link is made.
       *
       * Targets and recipients; all else is said once, for all links. What is wrong with one leaves the others alone.
       */
      create_batch(request: types.LinkBatchCreate, options?: CallOptions): Promise<types.LinkBatch>;
      /**
       * End several links for good, each with a report.
       *
       * Saying it again changes nothing. By target, project or recipient it finds links that were not revoked yet; where
       * these are more than one call may revoke, `more` is true.
       *
       * Which links: by their ids, or all that fit a target, a project and a recipient, as far as these are given.
       */
      revoke_batch(request?: types.LinkBatchRevoke, options?: CallOptions): Promise<types.LinkBatchRevoked>;
      /**
       * Return what a link was used for: views, renders, pixels, bytes, downloads, queries, in all and by UTC day.
       *
       * Name a link, and how many UTC days back.
       */
      stats(request: types.LinkStatsRequest, options?: CallOptions): Promise<types.LinkStats>;
      /**
       * List who used a link: when, what, with which outcome, from where, by which named key.
       *
       * Name a link.
       */
      events(request: types.LinkEventsRequest, options?: CallOptions): Promise<types.LinkEvents>;
      /** List who used a link: when, what, with which outcome, from where, by which named key: the rows of all pages, asked for as they are needed. */
      events_all(request: types.LinkEventsRequest, options?: CallOptions): AsyncGenerator<types.LinkEvent, void, undefined>;
      /**
       * Send a link's address to its recipients by e-mail, without the password.
       *
       * The letters go out behind the answer; `share.link.get` shows how far they are. Who has one waiting gets no second.
       *
       * To whom, and what to say beside the address. Never write the password into it.
       */
      notify(request: types.LinkNotify, options?: CallOptions): Promise<types.LinkNotified>;
      /**
       * Open a link that is meant for you, without its password.
       *
       * Sign in where this installation's operator says, and send the session token as Bearer: its e-mail address must be
       * confirmed and one of the link's recipients. The first time is one view. The key that you get is yours by name: the
       * link's owner sees what it was used for.
       *
       * The token of a link that is meant for you.
       */
      claim(request: types.LinkClaim, options?: CallOptions): Promise<types.LinkValidated>;
      /**
       * Open a link with its password.
       *
       * That is one view; to come back with a key, for a fresh one, is none. A key that has a name stays the key.
       *
       * A link's token, and its password unless a header carries it or a key.
       */
      validate(request: types.LinkValidate, options?: CallOptions): Promise<types.LinkValidated>;
    };
    key: {
      /**
       * Make a key by a name, for one recipient or one desk.
       *
       * It opens the link without the password and is no view; what it loads is counted as ever.
       * Its text is returned only this once.
       *
       * For whom the key is, and how long it opens. Without a lifetime and an end: as long as the link, or a year.
       */
      create(request: types.KeyCreate, options?: CallOptions): Promise<types.KeyCreated>;
      /**
       * List the named keys of a link, with their last use.
       *
       * Name a link.
       */
      list(request: types.KeyList, options?: CallOptions): Promise<types.KeyPage>;
      /** List the named keys of a link, with their last use: the rows of all pages, asked for as they are needed. */
      list_all(request: types.KeyList, options?: CallOptions): AsyncGenerator<types.KeyOutput, void, undefined>;
      /**
       * End a named key for good; the link and its other keys go on.
       *
       * Saying it again spreads it again and changes nothing.
       *
       * Name a key by its id, which is no secret.
       */
      revoke(request: types.KeyRef, options?: CallOptions): Promise<types.KeyRevoked>;
    };
    code: {
      /**
       * Have a code sent to your e-mail address, to open a link that is meant for it.
       *
       * The answer is the same whoever asks, and takes as long: whom a link is meant for is not told.
       *
       * A link, and your e-mail address: one of those that the link is meant for.
       */
      request(request: types.CodeRequest, options?: CallOptions): Promise<types.CodeRequested>;
      /**
       * Open a link by the code that was sent to you: one view.
       *
       * The key that you get is yours by name: the link's owner sees what it was used for.
       *
       * The address that the code was sent to, and the code.
       */
      redeem(request: types.CodeRedeem, options?: CallOptions): Promise<types.LinkValidated>;
    };
    access: {
      /**
       * Ask the owner of a link to let you in, or for more time or a higher permission.
       *
       * Also for a link that has expired; no account is needed. The answer is the same whoever asks, 409
       * `no_need_to_request` where a password, key or sign-in that is sent along grants what is asked for already.
       *
       * What you would like, of whom you are. No account is needed.
       */
      request(request: types.AccessAsk, options?: CallOptions): Promise<types.AccessAsked>;
      /**
       * List what was asked for, by project, link or status.
       *
       * Without a project and a link: what was asked for in all your projects.
       */
      list(request?: types.AccessList, options?: CallOptions): Promise<types.AccessPage>;
      /** List what was asked for, by project, link or status: the rows of all pages, asked for as they are needed. */
      list_all(request?: types.AccessList, options?: CallOptions): AsyncGenerator<types.AccessOutput, void, undefined>;
      /**
       * Grant or deny what somebody asked for, and notify them by e-mail.
       *
       * To grant makes them a recipient of the link, with more time or a higher permission where that is said, or gives
       * them a new link of their own.
       *
       * The answer. To grant adds who asked to the link's recipients, and changes the link as is said here.
       *
       * `new_link` leaves it as it is, and makes one like it for them alone, with a password of its own.
       */
      resolve(request: types.AccessResolve, options?: CallOptions): Promise<types.AccessResolved>;
    };
    tile: {
      /**
       * Render a map tile, billed to the sharer.
       *
       * A tile by XYZ, y counted from the north; in another grid, from its corner of origin.
       */
      render(request: types.TileRequest, options?: CallOptions): Promise<Uint8Array>;
      /**
       * Render the whole raster, billed to the sharer.
       *
       * How large, in which profile and format.
       */
      preview(request: types.PreviewRequest, options?: CallOptions): Promise<Uint8Array>;
      /**
       * Cut out a part: as a picture, or as a GeoTIFF of its values. Billed to the sharer.
       *
       * A GeoTIFF needs a link that allows downloads, and one without a watermark.
       *
       * Which part, and as what: a picture, or a GeoTIFF of the values (for links that allow downloads).
       */
      crop(request: types.CropRequest, options?: CallOptions): Promise<Uint8Array>;
      /**
       * Describe the shared raster, or the collection of them.
       *
       * A link's token, and the password or a key.
       */
      info(request: types.Opened, options?: CallOptions): Promise<types.TileInfo>;
      /**
       * Describe the values of a raster, all of them or those in a region.
       *
       * Minimum, maximum, mean, deviation, percentiles and a histogram.
       *
       * Of which profile's values, and where. Without a profile: of all bands that the link shares.
       */
      statistics(request: types.StatisticsRequest, options?: CallOptions): Promise<types.StatisticsOutput>;
      /**
       * Return the values of the pixel at a place.
       *
       * A place: degrees of longitude and latitude, or coordinates x and y of another system.
       *
       * Without a profile: the values of all bands that the link shares.
       */
      point(request: types.PointRequest, options?: CallOptions): Promise<types.PointOutput>;
      /**
       * Say what the colours of a profile mean.
       *
       * Of which profile.
       */
      legend(request: types.LegendRequest, options?: CallOptions): Promise<types.LegendOutput>;
      /**
       * Return WMTS 1.0.0 capabilities: a layer for each profile.
       *
       * A link's token, and the password or a key.
       */
      wmts_capabilities(request: types.Opened, options?: CallOptions): Promise<Uint8Array>;
    };
    /**
     * Return TileJSON 3.0.0 whose tile URLs carry a key.
     *
     * In which profile and format.
     */
    tilejson(request: types.TileJSONRequest, options?: CallOptions): Promise<types.TileJSON>;
    profiles: {
      /**
       * List the profiles that recipients of a link may use.
       *
       * A link's token, and the password or a key.
       */
      list(request: types.Opened, options?: CallOptions): Promise<types.ProfileList>;
    };
    content: {
      /**
       * Return a shared text, where a shared picture is, or what a shared map shows.
       *
       * A link's token, and the password or a key.
       */
      get(request: types.Opened, options?: CallOptions): Promise<types.SharedContent>;
    };
    stac: {
      /**
       * Return a STAC item of a raster or an archive; of a collection, a STAC collection that leads to its items.
       *
       * Its addresses carry a key. The file itself is among its assets where the link gives files.
       *
       * Of a collection: what is of a time.
       */
      get(request: types.InTime, options?: CallOptions): Promise<Uint8Array>;
    };
    file: {
      /**
       * List a folder of what a link shares.
       *
       * A folder of what the link shares.
       */
      list(request: types.FileList, options?: CallOptions): Promise<types.FilePage>;
      /** List a folder of what a link shares: the rows of all pages, asked for as they are needed. */
      list_all(request: types.FileList, options?: CallOptions): AsyncGenerator<types.FileEntry, void, undefined>;
      /**
       * Return a file's size, time and ETag.
       *
       * A file or a folder.
       */
      stat(request: types.FileStat, options?: CallOptions): Promise<types.FileEntry>;
      /**
       * Download a file, or what is missing of it.
       *
       * Which file. A link to a single file needs no path.
       */
      download(request: types.FileDownload, options?: CallOptions): Promise<Uint8Array>;
      /**
       * Download several files as one ZIP.
       *
       * What goes into the ZIP; without paths: all that the link shares.
       */
      archive(request: types.FileArchive, options?: CallOptions): Promise<Uint8Array>;
      /**
       * Put a file into a shared folder, or begin to.
       *
       * A small file in Base64; without content: begin an upload that is sent in parts and can be resumed.
       */
      upload(request: types.FileUpload, options?: CallOptions): Promise<types.FileUploaded>;
      /**
       * Put a file into a folder that is not shown, or begin to.
       *
       * The answer is the same whatever lies there: a file whose name is taken is kept under another one.
       *
       * A small file in Base64; or the size of one that is sent in parts, and can be resumed.
       */
      drop(request: types.FileDrop, options?: CallOptions): Promise<types.FileDropped>;
    };
    features: {
      /**
       * Return shared GeoJSON, for a map to draw. It is counted as a download.
       *
       * Whoever may view the link may have it: a map cannot draw what it has not got.
       *
       * A link's token, and the password or a key.
       */
      get(request: types.Opened, options?: CallOptions): Promise<Uint8Array>;
    };
  };
  root: {
    /**
     * List the folders of storage roots whose files your projects may register.
     *
     * Without a project: those of all your projects.
     */
    folders(request?: types.RootFolders, options?: CallOptions): Promise<types.RootFolderPage>;
    /**
     * Begin to put a new file into a storage root, in parts that can be resumed.
     *
     * It may lie where the project may register files. None replaces another.
     *
     * Where the file goes: to a path that the project may register. It must be a new one.
     */
    upload(request: types.RootUpload, options?: CallOptions): Promise<types.RootUploadBegun>;
    /**
     * Let an organization or a project register the files of a storage root, or of a folder in it.
     *
     * Only operators may do so, and admins of the installation's first project, which `tilegate bootstrap` made. Saying it
     * again changes nothing.
     *
     * Name the organization or the project that may register the files of a folder.
     */
    grant(request: types.RootGrantCreate, options?: CallOptions): Promise<types.RootGrantOutput>;
    /**
     * List what your organization may register; for the operator: what everybody may.
     *
     * No fields: send {}.
     */
    list(request?: types.Nothing, options?: CallOptions): Promise<types.RootGrantPage>;
    /**
     * Take a grant back: nothing can be registered by it any more.
     *
     * Where items lie in the folder that no other grant covers, this answers 409 `root_grant_in_use` and changes nothing.
     * With `force` they are deleted, and their links answer 410. Who may grant may revoke.
     *
     * Name a grant.
     */
    revoke(request: types.RootGrantRevoke, options?: CallOptions): Promise<types.RootGrantRevoked>;
  };
  item: {
    /**
     * Register a file of a storage root as an item, or a text or a map that lies in no file.
     *
     * Where the file is. A raster is read once: its profiles and warnings come back.
     *
     * A text or a map may be given as content instead of root and path.
     */
    create(request: types.ItemCreate, options?: CallOptions): Promise<types.ItemDetail>;
    /**
     * Return an item.
     *
     * Name an item.
     */
    get(request: types.ItemRef, options?: CallOptions): Promise<types.ItemDetail>;
    /**
     * List items of a project, or of all your projects.
     *
     * Without a project: the items of all your projects.
     */
    list(request?: types.ItemList, options?: CallOptions): Promise<types.ItemPage>;
    /** List items of a project, or of all your projects: the rows of all pages, asked for as they are needed. */
    list_all(request?: types.ItemList, options?: CallOptions): AsyncGenerator<types.ItemOutput, void, undefined>;
    /**
     * Change an item's name, description, datetime or content; its links show it at once.
     *
     * What is left out stays as it is.
     */
    update(request: types.ItemUpdate, options?: CallOptions): Promise<types.ItemDetail>;
    quarantine: {
      /**
       * Have an item's file read again that ended processes of the service, and forget that it did.
       *
       * A file that changes is out of quarantine by itself.
       *
       * Name an item.
       */
      lift(request: types.ItemRef, options?: CallOptions): Promise<types.ItemDetail>;
    };
    /**
     * Take an item out of the catalogue; its links answer 410 from then on.
     *
     * Name an item.
     */
    delete(request: types.ItemRef, options?: CallOptions): Promise<types.ItemDeleted>;
    profiles: {
      /**
       * Replace an item's render profiles.
       *
       * These take the place of all it has; the first that says so is the default, else the first.
       */
      set(request: types.ItemProfilesSet, options?: CallOptions): Promise<types.ItemDetail>;
    };
    /**
     * Render tiles of a raster ahead, or say what that would take.
     *
     * They are rendered in the background, never before a tile that somebody waits for, and served without a render from
     * then on, for as long as raster and profile stay as they are. Ask again to go on after a failure.
     *
     * Which tiles of a raster item are rendered ahead, and how. One seed of each profile, format and size is kept.
     *
     * With `dry_run` nothing is begun: the answer says what it would take.
     */
    seed(request: types.ItemSeed, options?: CallOptions): Promise<types.SeedOutput>;
    seeds: {
      /**
       * List what was rendered ahead of an item, and how far it is.
       *
       * Of which item.
       */
      list(request: types.ItemSeedsList, options?: CallOptions): Promise<types.SeedPage>;
      /**
       * Stop rendering ahead, and delete what was rendered.
       *
       * Which one, as it was asked for.
       */
      delete(request: types.ItemSeedsDelete, options?: CallOptions): Promise<types.SeedDeleted>;
    };
    /**
     * Render a small picture of an item of yours, in one of its profiles or in one that is tried out.
     *
     * It is not counted, as it is of no link, and shows no more than 512 pixels.
     *
     * How large, and in which profile.
     */
    preview(request: types.ItemPreview, options?: CallOptions): Promise<Uint8Array>;
    /**
     * Describe the values of a raster of yours, as a stretch is chosen by: histogram, percentiles, extremes.
     *
     * Of which profile's values; without one, of all bands.
     */
    statistics(request: types.ItemStatistics, options?: CallOptions): Promise<types.StatisticsOutput>;
  };
  collection: {
    /**
     * Make a collection of raster items, which renders as one mosaic.
     *
     * Which items, in which order. All of them are rendered by the same profiles, so that no seams show.
     */
    create(request: types.CollectionCreate, options?: CallOptions): Promise<types.CollectionDetail>;
    /**
     * Return a collection with the ids of its items.
     *
     * Name a collection.
     */
    get(request: types.CollectionRef, options?: CallOptions): Promise<types.CollectionDetail>;
    /**
     * List collections of a project, or of all your projects.
     *
     * Without a project: the collections of all your projects.
     */
    list(request?: types.CollectionList, options?: CallOptions): Promise<types.CollectionPage>;
    /** List collections of a project, or of all your projects: the rows of all pages, asked for as they are needed. */
    list_all(request?: types.CollectionList, options?: CallOptions): AsyncGenerator<types.CollectionOutput, void, undefined>;
    /**
     * Change a collection's name, description, items, profiles or pixel selection.
     *
     * What is left out stays as it is; item_ids take the place of all it has.
     */
    update(request: types.CollectionUpdate, options?: CallOptions): Promise<types.CollectionDetail>;
    /**
     * Take a collection out of the catalogue; its items stay, its links answer 410 from then on.
     *
     * Name a collection.
     */
    delete(request: types.CollectionRef, options?: CallOptions): Promise<types.CollectionDeleted>;
  };
  organization: {
    /**
     * Add an organization with a project and its first admin.
     *
     * The admin signs in with their confirmed e-mail address, or gets the API key of the answer from you: with it they
     * make their own, and revoke it. It expires after a week where you do not say otherwise. The organization can register
     * files once it was given a storage root (root.grant).
     *
     * Who pays, and who administers it.
     */
    create(request: types.OrganizationCreate, options?: CallOptions): Promise<types.OrganizationCreated>;
    /**
     * Return an organization.
     *
     * Name an organization.
     */
    get(request: types.OrganizationRef, options?: CallOptions): Promise<types.OrganizationOutput>;
    /**
     * List the organizations of this installation.
     *
     * All organizations of the installation.
     */
    list(request?: types.OrganizationList, options?: CallOptions): Promise<types.OrganizationPage>;
    /** List the organizations of this installation: the rows of all pages, asked for as they are needed. */
    list_all(request?: types.OrganizationList, options?: CallOptions): AsyncGenerator<types.OrganizationOutput, void, undefined>;
    /**
     * Change an organization's name, or the ceiling of what its links may be.
     *
     * Links that are there stay as they are, until they are rotated or the field at fault is changed.
     *
     * What is left out stays as it is.
     */
    update(request: types.OrganizationUpdate, options?: CallOptions): Promise<types.OrganizationOutput>;
    /**
     * Suspend an organization: within a second all its links answer 410 `organization_suspended`.
     *
     * Its members can still read what it has and what it used; all that changes something answers 410 too. Links, keys and
     * passwords stay as they are.
     *
     * Name an organization, and say why.
     */
    suspend(request: types.OrganizationSuspend, options?: CallOptions): Promise<types.OrganizationOutput>;
    /**
     * Open a suspended organization again; its links and keys work as before.
     *
     * Name an organization.
     */
    resume(request: types.OrganizationRef, options?: CallOptions): Promise<types.OrganizationOutput>;
    policy: {
      /**
       * Return what links of your organization have to keep: the operator's ceiling, and what admins set.
       *
       * No fields: send {}.
       */
      get(request?: types.Nothing, options?: CallOptions): Promise<types.PolicyOutput>;
      /**
       * Say what links of your organization may be, within the operator's ceiling.
       *
       * Links that are there stay as they are, until they are rotated or the field at fault is changed.
       *
       * It takes the place of what your organization's admins said before; the operator's ceiling stays.
       */
      set(request?: types.PolicySet, options?: CallOptions): Promise<types.PolicyOutput>;
    };
    /**
     * List the organizations that you belong to.
     *
     * An API key acts for one and lists that one alone. Who signed in chooses by the header `X-Organization`.
     *
     * No fields: send {}.
     */
    mine(request?: types.Nothing, options?: CallOptions): Promise<types.MembershipPage>;
  };
  project: {
    /**
     * Add a project to your organization.
     *
     * You become its admin.
     */
    create(request: types.ProjectCreate, options?: CallOptions): Promise<types.ProjectOutput>;
    /**
     * List your projects.
     *
     * No fields: send {}.
     */
    list(request?: types.Nothing, options?: CallOptions): Promise<types.ProjectPage>;
  };
  member: {
    /**
     * Give somebody a role on a project, in place of any other; the last admin stays one.
     *
     * Somebody new is added by their e-mail address.
     */
    set(request: types.MemberSet, options?: CallOptions): Promise<types.MemberOutput>;
    /**
     * Take somebody's role on a project away.
     *
     * Their keys and sessions can do nothing there from then on. Who has no other project of the organization loses their
     * API keys of it for good. The last admin cannot be removed.
     *
     * Name a member by their e-mail address.
     */
    remove(request: types.MemberRemove, options?: CallOptions): Promise<types.MemberRemoved>;
    /**
     * List a project's members.
     *
     * Name a project.
     */
    list(request: types.ProjectRef, options?: CallOptions): Promise<types.MemberPage>;
    identity: {
      /**
       * Say as whom a member signs in with the OpenID provider, where their address does not say it.
       *
       * You must be an admin of all of their projects in your organization, as who signs in so may do there what they may.
       * It holds in your organization alone, and one that is there is to be removed first.
       *
       * Name a member, and who they are to the provider.
       */
      set(request: types.IdentitySet, options?: CallOptions): Promise<types.IdentityOutput>;
      /**
       * List as whom your organization's members sign in with the OpenID provider.
       *
       * No fields: send {}.
       */
      list(request?: types.Nothing, options?: CallOptions): Promise<types.IdentityPage>;
      /**
       * Have a member sign in as nobody any more: their next sign-in with a confirmed address binds them anew.
       *
       * Name a member by their e-mail address.
       */
      remove(request: types.IdentityRef, options?: CallOptions): Promise<types.IdentityRemoved>;
    };
  };
  api_key: {
    /**
     * Make an API key that can do no more than you; its text is shown this once.
     *
     * What it can do falls with your role: at no time is it more than you may do then.
     *
     * The scopes must be ones that you hold.
     */
    create(request: types.ApiKeyCreate, options?: CallOptions): Promise<types.ApiKeyCreated>;
    /**
     * List the API keys of your organization: whose they are and what they may do.
     *
     * No fields: send {}.
     */
    list(request?: types.Nothing, options?: CallOptions): Promise<types.ApiKeyPage>;
    /**
     * End an API key of your organization, yours or somebody else's; saying it again changes nothing.
     *
     * Name an API key.
     */
    revoke(request: types.ApiKeyRef, options?: CallOptions): Promise<types.ApiKeyOutput>;
  };
  webhook: {
    /**
     * Have a server sent what happens to your organization's links; its secret is shown this once.
     *
     * Each event is signed by the Standard Webhooks convention, sent at least once, and tried again for three days.
     *
     * Where things that happen are sent.
     */
    create(request: types.WebhookCreate, options?: CallOptions): Promise<types.WebhookCreated>;
    /**
     * List the webhooks of your organization.
     *
     * No fields: send {}.
     */
    list(request?: types.Nothing, options?: CallOptions): Promise<types.WebhookPage>;
    /**
     * Change a webhook, or enable it again after it was disabled.
     *
     * What is left out stays as it is.
     */
    update(request: types.WebhookUpdate, options?: CallOptions): Promise<types.WebhookOutput>;
    /**
     * Remove a webhook, and what waits for it.
     *
     * Name a webhook.
     */
    delete(request: types.WebhookRef, options?: CallOptions): Promise<types.WebhookDeleted>;
    /**
     * Send a webhook an event of the type `webhook.test` now, once, and say what came of it.
     *
     * A webhook that is disabled is sent it, too.
     *
     * Name a webhook.
     */
    test(request: types.WebhookRef, options?: CallOptions): Promise<types.WebhookTested>;
    /**
     * List what was sent to a webhook or waits to be, newest first.
     *
     * The last ones first.
     */
    deliveries(request: types.DeliveryList, options?: CallOptions): Promise<types.DeliveryPage>;
    /** List what was sent to a webhook or waits to be, newest first: the rows of all pages, asked for as they are needed. */
    deliveries_all(request: types.DeliveryList, options?: CallOptions): AsyncGenerator<types.DeliveryOutput, void, undefined>;
  };
  notice: {
    /**
     * Say whether you get e-mail of what happens to your links.
     *
     * No fields: send {}.
     */
    get(request?: types.Nothing, options?: CallOptions): Promise<types.NoticeSettings>;
    /**
     * Choose whether you get e-mail of what happens to your links, all of them.
     *
     * A link's own setting, `notices`, holds beside it: both must be on.
     */
    set(request: types.NoticeSet, options?: CallOptions): Promise<types.NoticeSettings>;
  };
  usage: {
    /**
     * Return this UTC month's counters, live.
     *
     * Name an organization.
     */
    current(request: types.UsageCurrent, options?: CallOptions): Promise<types.UsageOutput>;
    /**
     * Return the counters of each UTC day and link, up to now.
     *
     * Name an organization and UTC days, both included.
     */
    history(request: types.UsageHistory, options?: CallOptions): Promise<types.UsageHistoryOutput>;
    /**
     * Return what this UTC month will come to, at the rate of the last seven days, and how far the budget will last.
     *
     * Name an organization.
     */
    forecast(request: types.UsageCurrent, options?: CallOptions): Promise<types.UsageForecast>;
    /**
     * Return what changed since a mark, for a billing job.
     *
     * Each row is a whole total of a UTC day: store it in place of the one before. Asked with the mark that it gave last,
     * the export gives every row that changed since, and misses none.
     *
     * Name an organization, and the mark of the last export. A mark of all organizations goes with all of them.
     */
    export(request: types.UsageExportRequest, options?: CallOptions): Promise<types.UsageExportOutput | string>;
    /**
     * Return the sums of the last twelve months, and of the links that were used most in one.
     *
     * Name an organization, and a month.
     */
    summary(request: types.UsageSummaryRequest, options?: CallOptions): Promise<types.UsageSummary>;
  };
  budget: {
    /**
     * Return what an organization may use in this calendar month, and what it has used of it, live.
     *
     * Name an organization.
     */
    get(request: types.BudgetRef, options?: CallOptions): Promise<types.BudgetOutput>;
    /**
     * Limit what an organization uses in a calendar month; beyond, its links answer 403 `budget_exhausted`.
     *
     * It replaces the limits that were set before, and holds at once on all servers, for this month too. No limit may be
     * above the operator's.
     *
     * Name an organization, and the most that it is to use in a calendar month. What is left out has no limit.
     */
    set(request: types.BudgetSet, options?: CallOptions): Promise<types.BudgetOutput>;
    ceiling: {
      /**
       * Set the most that an organization's own budget may be, and that it may use without one: for the operator.
       *
       * Name an organization, and the most that it may use in a calendar month. What is left out has no limit.
       */
      set(request: types.BudgetCeilingSet, options?: CallOptions): Promise<types.BudgetOutput>;
    };
  };
  audit: {
    /**
     * List who made, changed, revoked or exported what in an organization, and who signed in.
     *
     * The log is written in the same transaction as the change, and nobody can change it. What an operator does to an
     * organization is in its log and in that of the operator's own.
     *
     * Name an organization, and which rows of its log.
     */
    list(request: types.AuditListRequest, options?: CallOptions): Promise<types.AuditPage | string>;
    /** List who made, changed, revoked or exported what in an organization, and who signed in: the rows of all pages, asked for as they are needed. */
    list_all(request: types.AuditListRequest, options?: CallOptions): AsyncGenerator<types.AuditRow, void, undefined>;
  };
  limits: {
    /**
     * Return your rate limits, and what is left of each.
     *
     * No fields: send {}.
     */
    get(request?: types.Nothing, options?: CallOptions): Promise<types.Limits>;
  };
}
