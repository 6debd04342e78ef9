internal import Programs

/// Sends GET requests one after the other, on one connection while the engine keeps it open.
struct DockerLink: ~Copyable {
  let engine: DockerEngine
  private var link: HTTPLink

  init(to engine: DockerEngine) {
    self.engine = engine
    let server: HTTPServer =
      switch engine.address {
      case .unix(let path): .unix(path)
      case .tcp(let endpoint): .tcp(endpoint)
      }
    link = HTTPLink(to: server, timeout: engine.timeout)
  }

  /// The body of a 200 answer to `GET path`.
  mutating func get(_ path: String, _ operation: String) throws(DockerError) -> [UInt8] {
    let request = Array("GET \(path) HTTP/1.1\r\nHost: docker\r\nAccept: application/json\r\n\r\n".utf8)
    let reader: HTTPResponseReader
    do throws(HTTPLink.Failure) {
      reader = try link.exchange(request)
    } catch {
      throw error.error(operation)
    }
    guard reader.status == 200 else {
      let message = DockerJSON.decode(DockerJSON.Message.self, from: reader.body)?.message
      throw DockerError(.refused(status: reader.status), operation, cause: message.map { .said($0) })
    }
    return reader.body
  }
}
