//! The usual names of the parameters and members of pagination.
//!
//! Names are compared without case and punctuation: `nextPageToken` is `next_page_token`.

/// Query parameters that contain a cursor.
pub(super) const CURSORS: [&str; 12] = [
    "cursor",
    "nextcursor",
    "pagecursor",
    "startcursor",
    "aftercursor",
    "pagetoken",
    "nexttoken",
    "nextpagetoken",
    "paginationtoken",
    "continuationtoken",
    "starttoken",
    "pageafter",
];

/// Query parameters that contain a cursor, or something else, such as a time. They need a member
/// whose name is that of a cursor.
pub(super) const MAYBE_CURSORS: [&str; 8] = [
    "after",
    "continuation",
    "marker",
    "next",
    "offset",
    "start",
    "startafter",
    "startingafter",
];

/// Members with the cursor of the next page.
pub(super) const NEXT_CURSORS: [&str; 13] = [
    "nextcursor",
    "nextpagecursor",
    "nextpagetoken",
    "nexttoken",
    "nextpaginationtoken",
    "nextcontinuationtoken",
    "continuationtoken",
    "nextmarker",
    "nextoffset",
    "nextstart",
    "nextafter",
    "nextstartingafter",
    "endcursor",
];

/// Members that contain the cursor of the next page, or something else. They need a parameter
/// that contains a cursor.
pub(super) const MAYBE_NEXT_CURSORS: [&str; 6] = [
    "next",
    "cursor",
    "after",
    "nextpage",
    "pagetoken",
    "continuation",
];

/// Members with the number of the next page.
pub(super) const NEXT_PAGES: [&str; 2] = ["nextpage", "nextpagenumber"];

/// Members with the URL of the next page, whose names say that it is a URL.
pub(super) const NEXT_URLS: [&str; 9] = [
    "nexturl",
    "nexturi",
    "nextlink",
    "nexthref",
    "nextpageurl",
    "nextpageuri",
    "nextpagelink",
    "odatanextlink",
    "nextpagehref",
];

/// Members with the URL of the next page, if they are described as URLs.
pub(super) const MAYBE_NEXT_URLS: [&str; 2] = ["next", "nextpage"];

/// Query parameters with the number of a page.
pub(super) const PAGES: [&str; 5] = ["page", "pagenumber", "pagenum", "pageno", "pageindex"];

/// Query parameters with the offset of the first item.
pub(super) const OFFSETS: [&str; 5] = ["offset", "skip", "start", "startindex", "startat"];

/// Query parameters with the number of items on a page.
pub(super) const SIZES: [&str; 14] = [
    "limit",
    "pagesize",
    "perpage",
    "size",
    "count",
    "top",
    "take",
    "rows",
    "maxresults",
    "maxitems",
    "pagelimit",
    "pagecount",
    "resultsperpage",
    "itemsperpage",
];

/// Booleans that say whether there are more items.
pub(super) const HAS_MORE: [&str; 6] = [
    "hasmore",
    "hasnext",
    "hasnextpage",
    "hasmoreitems",
    "hasmoreresults",
    "moreavailable",
];

/// The number of all items.
pub(super) const TOTALS: [&str; 8] = [
    "total",
    "totalcount",
    "totalitems",
    "totalresults",
    "totalrecords",
    "totalelements",
    "totalsize",
    "totalrows",
];

/// The number of all pages.
pub(super) const TOTAL_PAGES: [&str; 4] = ["totalpages", "totalpagecount", "pagecount", "numpages"];

/// Objects next to the list that describe the pages.
pub(super) const ENVELOPES: [&str; 14] = [
    "meta",
    "metadata",
    "page",
    "paging",
    "pagination",
    "paginginfo",
    "paginationinfo",
    "pageinfo",
    "links",
    "cursors",
    "responsemetadata",
    "listmetadata",
    "pages",
    "next",
];

/// Objects that contain the list.
pub(super) const CONTAINERS: [&str; 6] =
    ["data", "items", "result", "results", "response", "embedded"];

/// Lists that are not the items.
pub(super) const BESIDE_ITEMS: [&str; 5] = ["errors", "warnings", "messages", "links", "notices"];

/// Returns whether `name` is one of `usual`.
pub(super) fn is_one(name: &str, usual: &[&str]) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let plain: String = letters.collect::<String>().to_lowercase();
    usual.contains(&plain.as_str())
}
