/** What the product calls itself: in the rail and in the browser's tab, as on the server's own pages. */
export const BRAND = "k6 dashboard";
