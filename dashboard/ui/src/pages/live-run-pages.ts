/** The pages of the run in the header. They are one chunk, which the browser fetches early but runs only when needed. */
export { default as endpoints } from "./Endpoints/Endpoints.svelte";
export { default as http } from "./Http/Http.svelte";
export { default as log } from "./Log/Log.svelte";
export { default as overview } from "./Overview/Overview.svelte";
