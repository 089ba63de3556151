/** Where two files are compared, or where the other one is chosen. */
export const compareUrl = (a: string, b?: string) => `/compare?a=${a}${b ? `&b=${b}` : ''}`;
