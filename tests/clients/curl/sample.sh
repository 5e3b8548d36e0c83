curl -i -X POST 'https://open.feishu.cn/open-apis/apaas/v1/user_tasks/1234/chat_group' \
-H 'Authorization: Bearer t-7f1b******8e560' \
-H 'Content-Type: application/json' \
-d '{
	"chat_id": "oc_1234",
	"chat_name": "群名称",
	"invite_user_ids": [
		"1234"
	],
	"operator_user_id": "1234"
}'
