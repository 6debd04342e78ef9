import Clues
import Testing

@Suite struct SecretFilterTests {
  private func filtered(_ text: String) -> String {
    String(decoding: SecretFilter.file(Array(text.utf8)), as: UTF8.self)
  }

  @Test func `keys, passwords, tokens and query strings are left out, and every line stays at its number`() {
    let text = """
      server 10.8.0.0 255.255.255.0
      <key>
      -----BEGIN PRIVATE KEY-----
      SEKRET1
      -----END PRIVATE KEY-----
      </key>
      <tls-crypt>
      SEKRET2
      </tls-crypt>
      PrivateKey = SEKRET3=
      PresharedKey=SEKRET4=
        user admin insecure-password SEKRET5
        stats auth admin:SEKRET6
        proxy_set_header Authorization "Basic SEKRET7";
        proxy_pass http://user:SEKRET8@backend:80/path?session=SEKRET9&x=1;
        setenv DB_URL SEKRET10
      -----BEGIN RSA PRIVATE KEY-----
      SEKRET11
      """
    let result = filtered(text)
    #expect(!result.contains("SEKRET"))
    #expect(result.split(separator: "\n", omittingEmptySubsequences: false).count == text.split(separator: "\n").count)
    #expect(result.hasPrefix("server 10.8.0.0 255.255.255.0\n<key>\n"))
    #expect(result.contains("backend:80/path") && result.contains("stats auth"))
  }

  @Test func `what is no secret stays as it is`() {
    let text = """
      frontend a
        bind 10.0.0.1:443 ssl crt /etc/ssl/a.pem
        acl is_api path_reg ^/api/?$
      server {
        ssl_certificate_key /etc/ssl/key.pem;
        location ~ ^/a(?:b|c)$ { proxy_pass http://10.0.0.2:80; }
        auth_basic_user_file /etc/nginx/passwd;
      }
      """
    #expect(filtered(text) == text)
    #expect(filtered("") == "" && filtered("\n\n") == "\n\n")
  }

  @Test func `a command line keeps its options and loses their secrets`() {
    let words = [
      "app", "--listen", "80", "--password", "SEKRET", "--api-key=SEKRET", "TOKEN=SEKRET", "-H",
      "Authorization: Bearer SEKRET",
      "http://u:SEKRET@h/?a=SEKRET", "-e", "DB=SEKRET", "-N",
    ]
    let result = SecretFilter.command(words)
    #expect(!result.joined(separator: " ").contains("SEKRET") && result.count == words.count)
    #expect(result.prefix(4) == ["app", "--listen", "80", "--password"] && result.last == "-N")
  }
}
