/** Themes, with the background and accent color that the theme picker shows. */
export const THEMES = [
  { name: "midnight", label: "Midnight", background: "#10141c", accent: "#7fb0ff" },
  { name: "matrix", label: "Matrix", background: "#0a120c", accent: "#c8ff4a" },
  { name: "cyberpunk", label: "Cyberpunk", background: "#130d1f", accent: "#ff5fd2" },
  { name: "amber", label: "Amber", background: "#151009", accent: "#ffac1c" },
  { name: "aurora", label: "Aurora", background: "#0c171b", accent: "#b79bff" },
  { name: "arctic", label: "Arctic", background: "#ffffff", accent: "#1f5fd6" },
] as const;

export type Theme = (typeof THEMES)[number]["name"];
