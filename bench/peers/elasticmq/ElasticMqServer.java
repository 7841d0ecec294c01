import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;

/** ElasticMQ in a process of its own. Prints its address once it listens; ends when its standard input does. */
public class ElasticMqServer {
  public static void main(String[] args) throws Exception {
    SQSRestServer server = SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    System.out.println("listening http://127.0.0.1:" + server.waitUntilStarted().localAddress().getPort());
    while (System.in.read() >= 0) {}
    System.exit(0);
  }
}
