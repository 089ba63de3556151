// Loaded into the web process before Next: refuses what no browser sends and a proxy in between might read differently.
import http from 'node:http';

const emit = http.Server.prototype.emit;
const isDev = process.env.NODE_ENV === 'development';

/** More or fewer than one Host header, or a target that names a host itself. */
function isAmbiguous(request) {
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
  return names.filter((name) => name.toLowerCase() === 'host').length !== 1 || !request.url?.startsWith('/');
}

http.Server.prototype.emit = function (event, request, answer, ...rest) {
  if (event === 'request' && isAmbiguous(request)) {
    answer.writeHead(400, { 'content-type': 'text/plain', connection: 'close' });
    answer.end('This request names its host in more than one way, or not at all.\n');
    return true;
  }
  // Nothing here speaks WebSocket but Next's dev server, which reloads pages by it.
  if (event === 'upgrade' && (!isDev || isAmbiguous(request))) {
    answer.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return true;
  }
  return emit.call(this, event, request, answer, ...rest);
};
