/** Product name in the rail, in the browser tab and on the pages of the server. */
export const BRAND = "k6 dashboard";
