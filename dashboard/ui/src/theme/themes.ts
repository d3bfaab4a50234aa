/** Themes, with the background and accent color that the theme picker shows. */
export const THEMES = [
  { name: "midnight", label: "Midnight", ground: "#10141c", accent: "#7fb0ff" },
  { name: "matrix", label: "Matrix", ground: "#0a120c", accent: "#7dff6a" },
  { name: "cyberpunk", label: "Cyberpunk", ground: "#130d1f", accent: "#ff5fd2" },
  { name: "amber", label: "Amber", ground: "#151009", accent: "#ffb000" },
  { name: "aurora", label: "Aurora", ground: "#0c171b", accent: "#b79bff" },
  { name: "arctic", label: "Arctic", ground: "#ffffff", accent: "#1f5fd6" },
] as const;

export type Theme = (typeof THEMES)[number]["name"];
