/** Whether standard output is a terminal that shows colors. NO_COLOR turns them off: https://no-color.org */
export const hasColor = Boolean(process.stdout.isTTY) && !process.env["NO_COLOR"];
