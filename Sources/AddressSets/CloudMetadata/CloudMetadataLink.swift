internal import Flows
internal import Programs

/// Sends requests to a cloud's metadata service, on one connection while the service keeps it open, and before one
/// deadline.
struct CloudMetadataLink: ~Copyable {
  let provider: CloudProvider
  private var link: HTTPLink
  /// `Name: value` lines that are sent with every request. A token among them exists only in this value.
  var headers: [String] = []
  /// How many requests are still allowed; the service's own lists determine how many there are.
  private var questionsLeft = 128
  /// The longest accepted body in bytes. Answers have a few hundred bytes, GCP's and Azure's lists of interfaces some
  /// thousands.
  static let bodyLimit = 256 << 10

  init(_ provider: CloudProvider, at server: HTTPServer, timeout: Duration) {
    self.provider = provider
    link = HTTPLink(to: server, timeout: timeout, bodyLimit: Self.bodyLimit)
  }

  /// The body of a 200 answer to `GET path`; nil for 404, which means that there is no such value.
  mutating func get(_ path: String) throws(CloudMetadataError) -> [UInt8]? {
    let answer = try ask("GET", path, headers)
    switch answer.status {
    case 200: break
    case 404: return nil
    default: throw refusal(answer.status, path)
    }
    // Any other server at this address does not send this header.
    if provider == .gcp, answer.headers["metadata-flavor"] != "Google" {
      throw CloudMetadataError(.malformed, operation(path), cause: "the answer is not Google's")
    }
    return answer.body
  }

  /// A session token, for what the service calls version 2.
  mutating func token(_ path: String, lifetime header: String) throws(CloudMetadataError) -> String {
    let answer = try ask("PUT", path, ["\(header): 60", "Content-Length: 0"])
    guard answer.status == 200 else { throw refusal(answer.status, path) }
    // Any other characters could change the requests that contain the token.
    guard (1...1024).contains(answer.body.count), answer.body.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw CloudMetadataError(.malformed, operation(path), cause: "not a token")
    }
    return String(decoding: answer.body, as: UTF8.self)
  }

  private mutating func ask(
    _ method: String, _ path: String, _ headers: [String]
  ) throws(CloudMetadataError) -> HTTPResponseReader {
    guard questionsLeft > 0 else { throw CloudMetadataError(.malformed, operation(path), cause: "too much is listed") }
    questionsLeft -= 1
    let lines = ["\(method) \(path) HTTP/1.1", "Host: \(provider.hostHeader)"] + headers
    do throws(HTTPLink.Failure) {
      return try link.exchange(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    } catch {
      throw error.error(operation(path))
    }
  }

  private func operation(_ path: String) -> String { "query \(provider.rawValue) for \(path)" }

  private func refusal(_ status: Int, _ path: String) -> CloudMetadataError {
    CloudMetadataError(.refused(status: status), operation(path))
  }
}
