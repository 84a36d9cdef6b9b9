// The scenario that every client goes through, as tests/local/test_clients.py has it: it prints the application and the answer.
import {
  CreateAppCommand,
  CreateSmsTemplateCommand,
  PinpointClient,
  SendUsersMessagesCommand,
  UpdateEndpointCommand,
} from "@aws-sdk/client-pinpoint";

const { endpoints, message, template, templateName, userId } = JSON.parse(process.argv[2]);
const client = new PinpointClient({ maxAttempts: 1 });
const created = await client.send(new CreateAppCommand({ CreateApplicationRequest: { Name: "scenario" } }));
const ApplicationId = created.ApplicationResponse.Id;
for (const [EndpointId, EndpointRequest] of Object.entries(endpoints)) {
  await client.send(new UpdateEndpointCommand({ ApplicationId, EndpointId, EndpointRequest }));
}
await client.send(new CreateSmsTemplateCommand({ TemplateName: templateName, SMSTemplateRequest: template }));
const answer = await client.send(
  new SendUsersMessagesCommand({
    ApplicationId,
    SendUsersMessageRequest: {
      MessageConfiguration: message,
      TemplateConfiguration: { SMSTemplate: { Name: templateName } },
      Users: { [userId]: { Substitutions: { name: ["Ann"] } } },
    },
  }),
);
console.log(JSON.stringify({ application: ApplicationId, result: answer.SendUsersMessageResponse.Result }));
